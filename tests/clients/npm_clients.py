"""The clients that npm installs."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.clients.client import MODELS, Client, DialectName, Launch, Setting, library
from tests.clients.model import FACTORS

_SHELL = f"expr {FACTORS[0]} '*' {FACTORS[1]}"


def _with_node(setting: Setting, **environment: str) -> dict[str, str]:
    path = f"{setting.installed.programs}:/usr/local/bin:/usr/bin:/bin"
    return {"PATH": path, **environment}


def _codex(*, websockets: bool = False) -> Callable[[Setting], Launch]:
    def launch(setting: Setting) -> Launch:
        provider = f"""\
model_provider = "gateway"
[model_providers.gateway]
name = "Drawbridge"
base_url = "{setting.url}/v1"
env_key = "GATEWAY_KEY"
wire_api = "responses"
supports_websockets = {str(websockets).lower()}
"""
        return Launch(["codex", "exec", *_CODEX_FLAGS, setting.prompt], _codex_home(setting, provider))

    return launch


def _codex_with_its_own_provider(setting: Setting) -> Launch:
    """Point the provider that Codex has built in, of which it expects WebSockets, to the gateway."""
    log_in = 'printf %s "$GATEWAY_KEY" | codex login --with-api-key && exec codex exec "$@"'
    environment = _codex_home(setting, f'openai_base_url = "{setting.url}/v1"\n')
    return Launch(["sh", "-c", log_in, "codex", *_CODEX_FLAGS, setting.prompt], environment)


_CODEX_FLAGS = ("--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox")


def _codex_home(setting: Setting, provider: str) -> dict[str, str]:
    """Write the configuration, and return the environment."""
    common = f'model = "{setting.model}"\ncheck_for_update_on_startup = false\n'
    setting.write("codex/config.toml", f"{common}{provider}[analytics]\nenabled = false\n")
    return _with_node(setting, CODEX_HOME=str(setting.home / "codex"), GATEWAY_KEY=setting.key)


def _claude_code(package: str) -> Callable[[Setting], Launch]:
    def launch(setting: Setting) -> Launch:
        wrapper = setting.installed.packages / package / "cli-wrapper.cjs"
        environment = _with_node(
            setting,
            ANTHROPIC_BASE_URL=setting.url,
            ANTHROPIC_AUTH_TOKEN=setting.key,
            CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC="1",
        )
        flags = ["--model", setting.model, "--allowedTools", "Bash"]
        return Launch(["node", str(wrapper), "-p", setting.prompt, *flags], environment)

    return launch


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
    return _gemini_told(setting, "-m", setting.model)


def _gemini_routing(setting: Setting) -> Launch:
    """Let a small model choose the one that answers, as it is unless a person names one."""
    return _gemini_told(setting)


def _gemini_told(setting: Setting, *flags: str) -> Launch:
    settings = {
        "security": {"auth": {"selectedType": "gemini-api-key"}},
        "privacy": {"usageStatisticsEnabled": False},
        "general": {"disableAutoUpdate": True, "disableUpdateNag": True},
        "telemetry": {"enabled": False},
    }
    setting.write(".gemini/settings.json", json.dumps(settings))
    environment = _with_node(setting, GEMINI_API_KEY=setting.key, GOOGLE_GEMINI_BASE_URL=setting.url)
    return Launch(["gemini", "--skip-trust", "-y", *flags, "-p", setting.prompt], environment)


def _qwen(vendor: str, base_path: str) -> Callable[[Setting], Launch]:
    def launch(setting: Setting) -> Launch:
        setting.write(
            ".qwen/settings.json",
            json.dumps({"privacy": {"usageStatisticsEnabled": False}, "general": {"enableAutoUpdate": False}}),
        )
        told = {"API_KEY": setting.key, "BASE_URL": setting.url + base_path, "MODEL": setting.model}
        environment = _with_node(setting, **{f"{vendor.upper()}_{name}": value for name, value in told.items()})
        return Launch(["qwen", "--auth-type", vendor, "-y", "-p", setting.prompt], environment)

    return launch


def _ai_sdk(release: str, dialect: str) -> Callable[[Setting], Launch]:
    def launch(setting: Setting) -> Launch:
        # Node looks for packages beside the program, so it lies where they are installed.
        text = (Path(__file__).parent / "programs" / "ai_sdk.mjs").read_text()
        program = setting.installed.packages.parent / f"ai_sdk_{release}.mjs"
        program.write_text(text)
        return Launch(
            ["node", str(program), release, dialect],
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
_OPENCODE_PACKAGES: dict[DialectName, str] = {
    "chat": "@ai-sdk/openai-compatible",
    "responses": "@ai-sdk/openai",
    "anthropic": "@ai-sdk/anthropic",
}
_QWEN_VENDORS: dict[DialectName, tuple[str, str, str]] = {
    "chat": ("qwen-code", "openai", "/v1"),
    # There it says that it is Claude Code (0.24.4).
    "anthropic": ("claude-code", "anthropic", ""),
}
_AI_SDK_PACKAGES = {"7": "ai", "6": "ai-6"}


def _agent(name: str, package: str, dialect: DialectName, launch: Callable[[Setting], Launch]) -> Client:
    """Return a coding agent, whose tool is a shell."""
    return Client(
        name=name,
        source="npm",
        package=package,
        model=MODELS[dialect],
        tool="run_shell_command",
        arguments=dict(BASH),
        launch=launch,
        seen_as=name,
    )


CODEX = replace(
    _agent("codex", "@openai/codex", "responses", _codex()),
    tool="exec_command",
    arguments={"cmd": _SHELL},
    session_header="session-id",
    # Five tries of a request within 3 s, and six such rounds (0.169).
    most_failed=30,
)
_CLAUDE_PACKAGE = "@anthropic-ai/claude-code"
CLAUDE_CODE = replace(
    _agent("claude-code", _CLAUDE_PACKAGE, "anthropic", _claude_code(_CLAUDE_PACKAGE)),
    tool="Bash",
    session_header="x-claude-code-session-id",
)
_OLD_CLAUDE_PACKAGE = "claude-code-2.1.197"
OLD_CLAUDE_CODE = replace(
    CLAUDE_CODE,
    name=_OLD_CLAUDE_PACKAGE,
    package=_OLD_CLAUDE_PACKAGE,
    model="claude-sonnet-4-5-20250929",
    launch=_claude_code(_OLD_CLAUDE_PACKAGE),
    # It drops its thinking where the reply names another model, and Anthropic then refuses what follows the tool.
    takes_other_names=False,
)
OPENCODE: dict[DialectName, Client] = {
    dialect: replace(
        _agent(f"opencode-{dialect}", "opencode-linux-x64", dialect, _opencode(package)),
        tool="bash",
        seen_as="opencode",
        session_header="x-session-id",
    )
    for dialect, package in _OPENCODE_PACKAGES.items()
}
GEMINI_CLI = _agent("gemini-cli", "@google/gemini-cli", "gemini", _gemini)
_QWEN = tuple(
    replace(
        _agent(f"qwen-code-{dialect}", "@qwen-code/qwen-code", dialect, _qwen(*vendor)),
        # Of a command that ends at once it may lose what that said (0.24.4, on a busy machine).
        arguments={**BASH, "command": f"{_SHELL}; sleep 0.3", "is_background": False},
        seen_as=seen_as,
        most_failed=14,
    )
    for dialect, (seen_as, *vendor) in _QWEN_VENDORS.items()
)
_AI_SDK = tuple(
    library(f"ai-sdk-{release}-{dialect}", "npm", package, dialect, _ai_sdk(release, dialect), "ai-sdk")
    for release, package in _AI_SDK_PACKAGES.items()
    for dialect in MODELS
)
NPM_CLIENTS: tuple[Client, ...] = (
    CODEX,
    CLAUDE_CODE,
    OLD_CLAUDE_CODE,
    *OPENCODE.values(),
    GEMINI_CLI,
    *_QWEN,
    *_AI_SDK,
)

CODEX_WITH_WEBSOCKETS = replace(CODEX, launch=_codex(websockets=True))
CODEX_WITH_ITS_OWN_PROVIDER = replace(CODEX, launch=_codex_with_its_own_provider)
GEMINI_CLI_ROUTING = replace(GEMINI_CLI, launch=_gemini_routing, own_models=("gemini-3.5-flash-lite",))
