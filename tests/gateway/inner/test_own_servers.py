"""Model servers beside Drawbridge, found where they listen by default."""

from urllib.parse import urlsplit

import pytest

from drawbridge.core.clock import SystemClock
from drawbridge.egress import PoolDoor
from drawbridge.gateway.inner.own_servers import FoundServer, OwnServers, Place, usual_places
from drawbridge.gateway.providers.presets import PRESETS
from tests.parts.installation import free_port
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer, Request

_LISTED = Answer(pieces=((b'{"data": [{"id": "small"}, {"id": "large"}]}', 0.0),))


async def test_servers_on_this_machine_are_found_where_they_answer_with_a_list() -> None:
    def script(request: Request) -> Answer:
        return _LISTED if request.target == "/here/models" else Answer(status=404)

    async with ScriptedVendor(script) as server:
        places = [
            Place(PRESETS["ollama"], f"{server.url}/here"),
            Place(PRESETS["lm-studio"], f"{server.url}/somewhere-else"),
            Place(PRESETS["vllm"], f"http://127.0.0.1:{free_port()}"),
        ]
        door = PoolDoor(connections_per_host=2)
        found = await OwnServers(door, SystemClock(), places).find()
        await door.close()

    assert found == [FoundServer("ollama", "Ollama", f"{server.url}/here", ("large", "small"))]


def test_only_this_machine_is_searched() -> None:
    places = usual_places({})

    assert {urlsplit(place.base_url).hostname for place in places} == {"localhost"}
    assert {place.preset.name for place in places} == {"ollama", "vllm", "llama-cpp", "lm-studio", "tgi"}


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("", "http://localhost:11434/v1"),
        ("0.0.0.0", "http://localhost:11434/v1"),
        ("127.0.0.1:9999", "http://127.0.0.1:9999/v1"),
        ("https://gpu-box", "https://gpu-box:11434/v1"),
        ("[::1]:9999", "http://[::1]:9999/v1"),
        ("gpu-box:many", "http://localhost:11434/v1"),
    ],
)
def test_ollama_is_asked_where_its_own_variable_says(said: str, asked: str) -> None:
    places = {place.preset.name: place.base_url for place in usual_places({"OLLAMA_HOST": said})}

    assert places["ollama"] == asked


async def test_a_server_that_was_started_since_is_found_at_the_next_look() -> None:
    door, answers = PoolDoor(connections_per_host=2), [Answer(status=503), _LISTED]
    async with ScriptedVendor(lambda _: answers.pop(0)) as server:
        servers = OwnServers(door, SystemClock(), [Place(PRESETS["ollama"], server.url)])
        before, after = await servers.find(), await servers.find()
        await door.close()

    assert before == []
    assert [each.preset for each in after] == ["ollama"]
