"""The clients that pip installs."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.clients.client import MODELS, Client, DialectName, Launch, Setting, library
from tests.clients.npm_clients import BASH

_PROGRAMS = Path(__file__).parent / "programs"


def _program(name: str, *arguments: str) -> Callable[[Setting], Launch]:
    def launch(setting: Setting) -> Launch:
        command = [str(setting.installed.programs / "python"), "-P", str(_PROGRAMS / name), *arguments]
        environment = {
            "GATEWAY_URL": setting.url,
            "GATEWAY_KEY": setting.key,
            "GATEWAY_MODEL": setting.model,
            "GATEWAY_PROMPT": setting.prompt,
            "ANTHROPIC_BASE_URL": setting.url,
            "ANTHROPIC_AUTH_TOKEN": setting.key,
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "OPENAI_AGENTS_DISABLE_TRACING": "1",
            "LANGSMITH_TRACING": "false",
        }
        return Launch(command, environment)

    return launch


def _llm(setting: Setting) -> Launch:
    # YAML reads JSON.
    model = {
        "model_id": "ours",
        "model_name": setting.model,
        "api_base": f"{setting.url}/v1",
        "supports_tools": True,
        "api_key_name": "ours",
    }
    setting.write("llm/extra-openai-models.yaml", json.dumps([model]))
    tool = ["--functions", str(_PROGRAMS / "llm_tool.py")]
    command = [str(setting.installed.programs / "llm"), "-m", "ours", "--key", setting.key, *tool, setting.prompt]
    return Launch(command, {"LLM_USER_PATH": str(setting.home / "llm")})


def _library(package: str, program: str, dialect: DialectName, seen_as: str) -> Client:
    return library(f"{package}-{dialect}", "python", package, dialect, _program(program, dialect), seen_as)


PYTHON_CLIENTS: tuple[Client, ...] = (
    library("llm", "python", "llm", "chat", _llm, "openai-python"),
    _library("openai-agents", "openai_agents.py", "responses", "openai-agents"),
    _library("openai-agents", "openai_agents.py", "chat", "openai-agents"),
    Client(
        name="claude-agent-sdk",
        source="python",
        package="claude-agent-sdk",
        model=MODELS["anthropic"],
        tool="Bash",
        arguments=dict(BASH),
        launch=_program("claude_agent.py"),
        seen_as="claude-agent-sdk",
        session_header="x-claude-code-session-id",
    ),
    _library("langchain-openai", "langchain_turn.py", "chat", "openai-python"),
    _library("langchain-openai", "langchain_turn.py", "responses", "openai-python"),
    _library("langchain-anthropic", "langchain_turn.py", "anthropic", "langchain"),
    replace(_library("mistralai", "mistral_turn.py", "chat", "mistralai"), tries_again=False),
    _library("pydantic-ai-slim", "pydantic_ai_turn.py", "chat", "pydantic-ai"),
    _library("pydantic-ai-slim", "pydantic_ai_turn.py", "responses", "pydantic-ai"),
    _library("pydantic-ai-slim", "pydantic_ai_turn.py", "anthropic", "pydantic-ai"),
)
