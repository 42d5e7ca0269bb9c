"""Where each node of a conversation stands, and what of it a loss names."""

from drawbridge.gateway.inner.placing import placed_each, placed_settings
from drawbridge.gateway.wire.canonical import Medium, Message, Opaque, Reasoning, Text, Thinking, ToolResult
from drawbridge.gateway.wire.losses import Losses

IMAGE = Medium(kind="image", data="QQ==", detail="low")
SEALED = Thinking(paragraphs=["Hm."], seal=Opaque("s", "gemini", "google"))
TURNS = [
    Message(role="user", parts=[Text(text="Hi"), IMAGE]),
    Message(role="assistant", parts=[SEALED]),
    Message(role="tool", parts=[ToolResult(call_id="1", parts=[Text(text="Rain"), IMAGE])]),
]


def lost_of(*nodes: Message | Text | Medium | Thinking | ToolResult | Reasoning, field: str | None = None) -> list[str]:
    losses = Losses()
    for node in nodes:
        losses.lose(node, "so", field=field)
    return [loss.path for loss in losses]


def test_each_part_is_lost_by_its_place_and_only_what_it_says() -> None:
    turns = placed_each(TURNS, "messages")

    assert lost_of(*turns) == [
        "messages[0].role",
        "messages[0].parts[0].text",
        "messages[0].parts[1].kind",
        "messages[0].parts[1].data",
        "messages[0].parts[1].detail",
        "messages[1].role",
        "messages[1].parts[0].paragraphs[0]",
        "messages[1].parts[0].seal.value",
        "messages[1].parts[0].seal.dialect",
        "messages[1].parts[0].seal.provider",
        "messages[2].role",
        "messages[2].parts[0].call_id",
        "messages[2].parts[0].parts[0].text",
        "messages[2].parts[0].parts[1].kind",
        "messages[2].parts[0].parts[1].data",
        "messages[2].parts[0].parts[1].detail",
    ]


def test_a_field_is_lost_by_its_own_place() -> None:
    [_, _, turn] = placed_each(TURNS, "messages")
    result = turn.parts[0]
    assert isinstance(result, ToolResult)
    image = result.parts[1]
    assert isinstance(image, Medium)

    assert lost_of(image, field="detail") == ["messages[2].parts[0].parts[1].detail"]


def test_settings_are_lost_by_their_names_and_those_without_a_value_are_none() -> None:
    settings = placed_settings({"seed": 7, "top_k": None, "reasoning": Reasoning(effort="high")})

    assert list(settings) == ["seed", "reasoning"]
    assert lost_of(settings["reasoning"].value, field="effort") == ["settings.reasoning.effort"]
    losses = Losses()
    losses.lose(settings["seed"], "so")
    assert [loss.path for loss in losses] == ["settings.seed"]


def test_what_was_asked_stays_as_it_was() -> None:
    placed_each(TURNS, "messages")

    assert (TURNS[0].at, TURNS[0].parts[1].at, IMAGE.raw) == ("", "", None)
