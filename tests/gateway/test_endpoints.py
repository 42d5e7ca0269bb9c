"""What is served besides calls: signs of life, and the lists of models in three shapes."""

import asyncio
from pathlib import Path

import pytest

from drawbridge.app import build_application
from drawbridge.gateway.endpoints import Target, find_target
from drawbridge.preparation import prepare
from drawbridge.settings import load_settings
from tests.parts.caller import Caller
from tests.parts.line import KeptLine, asked

ANTHROPIC = {"anthropic-version": "2026-10-21"}
LISTED = ["rehearsal", "rehearsal-embedding"]


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz"])
async def test_signs_of_life_need_no_key(caller: Caller, path: str) -> None:
    got = await caller.ask("GET", path, headers={"accept": "*/*"})
    headed = await caller.ask("HEAD", path, headers={"accept": "*/*"})

    assert (got.status, headed.status) == (200, 200)
    assert got.body
    assert not headed.body
    assert headed.headers["content-length"] == str(len(got.body))


async def test_a_worker_says_that_it_is_alive_before_it_is_ready(tmp_path: Path, database_url: str) -> None:
    settings = load_settings({"DRAWBRIDGE_DATA": str(tmp_path / "data")})
    await prepare(settings, database_url, database_url)

    async def status_of(path: str) -> int:
        line = KeptLine()
        await application(asked(line, path))
        return line.status

    async with build_application(settings, database_url, database_url) as application:
        # Nothing has been awaited that could let the first load begin.
        before = (await status_of("/healthz"), await status_of("/readyz"))
        async with asyncio.timeout(10):
            await application.loaded.wait()
        after = (await status_of("/healthz"), await status_of("/readyz"))

    assert (before, after) == ((200, 503), (200, 200))


async def test_openai_sees_the_models_in_its_shape(caller: Caller) -> None:
    listed = (await caller.get("/v1/models")).json()
    one = (await caller.get("/v1/models/rehearsal")).json()

    assert listed["object"] == "list"
    assert [model["id"] for model in listed["data"]] == LISTED
    assert one == listed["data"][0]
    assert (one["object"], one["owned_by"]) == ("model", "drawbridge")
    assert isinstance(one["created"], int)


async def test_anthropic_sees_the_models_in_its_shape(caller: Caller) -> None:
    listed = (await caller.get("/v1/models?limit=1000", ANTHROPIC)).json()
    one = (await caller.get("/v1/models/rehearsal", ANTHROPIC)).json()

    assert [model["id"] for model in listed["data"]] == LISTED
    assert (listed["has_more"], listed["first_id"], listed["last_id"]) == (False, LISTED[0], LISTED[-1])
    assert one == listed["data"][0]
    assert (one["type"], one["display_name"], one["created_at"][-1]) == ("model", "rehearsal", "Z")


@pytest.mark.parametrize(
    ("root", "headers"),
    [("/v1beta/models", {}), ("/models", {}), ("/v1/models", {"x-goog-api-client": "google-genai-sdk/3.4.0"})],
)
async def test_gemini_sees_the_models_in_its_shape(caller: Caller, root: str, headers: dict[str, str]) -> None:
    listed = (await caller.get(root, headers)).json()
    one = (await caller.get(f"{root}/rehearsal", headers)).json()

    assert [model["name"] for model in listed["models"]] == [f"models/{name}" for name in LISTED]
    assert one == listed["models"][0]
    assert "generateContent" in one["supportedGenerationMethods"]


async def test_an_open_model_can_be_got_although_it_is_not_listed(caller: Caller) -> None:
    reply = await caller.get("/v1/models/vendor/gpt-5")

    assert (reply.status, reply.json()["id"]) == (200, "vendor/gpt-5")


async def test_a_model_whose_name_has_a_colon_is_answered_in_the_callers_shape(caller: Caller) -> None:
    by_openai = await caller.get("/v1/models/llama3:8b")
    by_anthropic = await caller.get("/v1/models/llama3:8b", ANTHROPIC)

    assert by_openai.json()["object"] == "model"
    assert by_anthropic.json()["type"] == "model"


async def test_models_can_be_headed(caller: Caller) -> None:
    reply = await caller.ask("HEAD", "/v1/models", headers=caller.bearer)

    assert (reply.status, reply.body) == (200, b"")


@pytest.mark.parametrize("root", ["/v1beta/models", "/models", "/v1/models"])
@pytest.mark.parametrize(
    "operation", ["generateContent", "streamGenerateContent", "countTokens", "embedContent", "batchEmbedContents"]
)
def test_gemini_operations_are_found_below_every_root(root: str, operation: str) -> None:
    target = find_target("POST", f"{root}/llama3:8b:{operation}", "anthropic-messages")

    assert isinstance(target, Target)
    assert target.endpoint is not None
    assert (target.endpoint.operation, target.dialect, target.model) == (operation, "gemini", "llama3:8b")
