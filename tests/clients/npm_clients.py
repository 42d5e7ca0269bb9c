"""The clients that npm installs."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.clients.client import Client, Launch, Setting
from tests.clients.model import FACTORS

_SHELL = f"expr {FACTORS[0]} '*' {FACTORS[1]}"


def _with_node(setting: Setting, **environment: str) -> dict[str, str]:
    path = f"{setting.installed.programs}:/usr/local/bin:/usr/bin:/bin"
    return {"PATH": path, **environment}


def _codex(setting: Setting) -> Launch:
    setting.write(
        "codex/config.toml",
        f"""\
model = "{setting.model}"
model_provider = "gateway"
check_for_update_on_startup = false
[analytics]
enabled = false
[model_providers.gateway]
name = "Drawbridge"
base_url = "{setting.url}/v1"
env_key = "GATEWAY_KEY"
wire_api = "responses"
""",
    )
    flags = ["--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox"]
    environment = _with_node(setting, CODEX_HOME=str(setting.home / "codex"), GATEWAY_KEY=setting.key)
    return Launch(["codex", "exec", *flags, setting.prompt], environment)


def _claude_code(setting: Setting) -> Launch:
    wrapper = setting.installed.packages / "@anthropic-ai" / "claude-code" / "cli-wrapper.cjs"
    environment = _with_node(
        setting,
        ANTHROPIC_BASE_URL=setting.url,
        ANTHROPIC_AUTH_TOKEN=setting.key,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC="1",
    )
    return Launch(
        ["node", str(wrapper), "-p", setting.prompt, "--model", setting.model, "--allowedTools", "Bash"], environment
    )


def _opencode(package: str) -> Callable[[Setting], Launch]:
    def launch(setting: Setting) -> Launch:
        options = {"baseURL": f"{setting.url}/v1", "apiKey": "{env:GATEWAY_KEY}"}
        provider = {"npm": package, "options": options, "models": {setting.model: {"name": setting.model}}}
        setting.write(
            "project/opencode.json",
            json.dumps(
                {
                    "provider": {"gateway": provider},
                    "model": f"gateway/{setting.model}",
                    "small_model": f"gateway/{setting.model}",
                    "autoupdate": False,
                    "share": "disabled",
                }
            ),
        )
        environment = _with_node(
            setting,
            GATEWAY_KEY=setting.key,
            OPENCODE_DISABLE_AUTOUPDATE="1",
            OPENCODE_DISABLE_MODELS_FETCH="1",
            OPENCODE_DISABLE_LSP_DOWNLOAD="1",
        )
        return Launch([str(_opencode_binary(setting)), "run", setting.prompt], environment)

    return launch


def _opencode_binary(setting: Setting) -> Path:
    return setting.installed.packages / "opencode-linux-x64" / "bin" / "opencode"


def _gemini(setting: Setting) -> Launch:
    settings = {
        "security": {"auth": {"selectedType": "gemini-api-key"}},
        "privacy": {"usageStatisticsEnabled": False},
        "general": {"disableAutoUpdate": True, "disableUpdateNag": True},
        "telemetry": {"enabled": False},
    }
    setting.write(".gemini/settings.json", json.dumps(settings))
    environment = _with_node(setting, GEMINI_API_KEY=setting.key, GOOGLE_GEMINI_BASE_URL=setting.url)
    return Launch(["gemini", "--skip-trust", "-y", "-m", setting.model, "-p", setting.prompt], environment)


def _qwen(setting: Setting) -> Launch:
    setting.write(
        ".qwen/settings.json",
        json.dumps({"privacy": {"usageStatisticsEnabled": False}, "general": {"enableAutoUpdate": False}}),
    )
    environment = _with_node(
        setting, OPENAI_API_KEY=setting.key, OPENAI_BASE_URL=f"{setting.url}/v1", OPENAI_MODEL=setting.model
    )
    return Launch(["qwen", "--auth-type", "openai", "-y", "-p", setting.prompt], environment)


def _ai_sdk(dialect: str) -> Callable[[Setting], Launch]:
    def launch(setting: Setting) -> Launch:
        # Node looks for packages beside the program, so it lies where they are installed.
        text = (Path(__file__).parent / "programs" / "ai_sdk.mjs").read_text()
        program = setting.installed.packages.parent / "ai_sdk.mjs"
        program.write_text(text)
        return Launch(
            ["node", str(program), dialect],
            _with_node(
                setting,
                GATEWAY_URL=setting.url,
                GATEWAY_KEY=setting.key,
                GATEWAY_MODEL=setting.model,
                GATEWAY_PROMPT=setting.prompt,
            ),
        )

    return launch


BASH = {"command": _SHELL, "description": "Work out the product"}
_OPENCODE_DIALECTS = {
    "chat": ("@ai-sdk/openai-compatible", "gpt-5.5"),
    "responses": ("@ai-sdk/openai", "gpt-5.5"),
    "anthropic": ("@ai-sdk/anthropic", "claude-sonnet-4-5"),
}
_AI_SDK_MODELS = {
    "chat": "gpt-5.5",
    "responses": "gpt-5.5",
    "anthropic": "claude-sonnet-4-5",
    "gemini": "gemini-3.8-flash",
}

NPM_CLIENTS: tuple[Client, ...] = (
    Client(
        name="codex",
        source="npm",
        package="@openai/codex",
        model="gpt-5.5",
        tool="exec_command",
        arguments={"cmd": _SHELL},
        launch=_codex,
        seen_as="codex",
        session_header="session-id",
        # Five tries of a request within 3 s, and six such rounds (0.169).
        most_failed=30,
    ),
    Client(
        name="claude-code",
        source="npm",
        package="@anthropic-ai/claude-code",
        model="claude-sonnet-4-5",
        tool="Bash",
        arguments=dict(BASH),
        launch=_claude_code,
        seen_as="claude-code",
        session_header="x-claude-code-session-id",
    ),
    *(
        Client(
            name=f"opencode-{dialect}",
            source="npm",
            package="opencode-linux-x64",
            model=model,
            tool="bash",
            arguments=dict(BASH),
            launch=_opencode(package),
            seen_as="opencode",
            session_header="x-session-id",
        )
        for dialect, (package, model) in _OPENCODE_DIALECTS.items()
    ),
    Client(
        name="gemini-cli",
        source="npm",
        package="@google/gemini-cli",
        model="gemini-3.8-flash",
        tool="run_shell_command",
        arguments=dict(BASH),
        launch=_gemini,
        seen_as="gemini-cli",
    ),
    Client(
        name="qwen-code",
        source="npm",
        package="@qwen-code/qwen-code",
        model="gpt-5.5",
        tool="run_shell_command",
        arguments={**BASH, "is_background": False},
        launch=_qwen,
        seen_as="qwen-code",
        most_failed=14,
    ),
    *(
        Client(
            name=f"ai-sdk-{dialect}",
            source="npm",
            package="ai",
            model=model,
            tool="multiply",
            arguments={"a": FACTORS[0], "b": FACTORS[1]},
            launch=_ai_sdk(dialect),
            seen_as="ai-sdk",
        )
        for dialect, model in _AI_SDK_MODELS.items()
    ),
)
