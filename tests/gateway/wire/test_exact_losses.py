"""What is reported as lost of a reply is lost, and as grave as it is."""

import pytest

from drawbridge.gateway.dialects import Dialect
from tests.gateway.wire.retelling import (
    CHAT,
    GEMINI,
    MESSAGES,
    RESPONSES,
    Json,
    candidate,
    events,
    message,
    response,
    told,
)
from tests.gateway.wire.test_regressions_of_replies import ASKED


def reasoning(**more: Json) -> Json:
    return {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm."}], **more}


def said(*items: Json, streamed: bool) -> bytes | Json:
    whole = response(*items)
    if not streamed:
        return whole
    begun: list[Json] = [{"type": "response.created", "response": {**whole, "status": "in_progress", "output": []}}]
    for number, item in enumerate(items):
        begun.append({"type": "response.output_item.added", "output_index": number, "item": {**item, "summary": []}})
        begun.append({"type": "response.output_item.done", "output_index": number, "item": item})
    return events(*begun, {"type": "response.completed", "response": whole})


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("dialect", [MESSAGES, GEMINI])
def test_the_id_of_reasoning_is_lost_only_where_no_seal_holds_it(dialect: Dialect, *, streamed: bool) -> None:
    sealed = told(dialect, ASKED[dialect], RESPONSES, said(reasoning(encrypted_content="c2VhbGVk"), streamed=streamed))
    bare = told(dialect, ASKED[dialect], RESPONSES, said(reasoning(), streamed=streamed))

    assert "output[].id" not in sealed.lost
    assert bare.lost["output[].id"] == "none"


def test_a_chat_completion_that_hides_an_unfinished_answer_changes_it() -> None:
    paused = told(CHAT, ASKED[CHAT], MESSAGES, message({"type": "text", "text": "So"}, stop="pause_turn"))
    malformed = told(CHAT, ASKED[CHAT], GEMINI, candidate({"text": "So"}, finish="MALFORMED_FUNCTION_CALL"))
    refused = told(CHAT, ASKED[CHAT], MESSAGES, message({"type": "text", "text": "No."}, stop="refusal"))

    assert paused.lost["stop_reason"] == "answer"
    assert malformed.lost["candidates[].finishReason"] == "answer"
    assert refused.lost["stop_reason"] == "none"
