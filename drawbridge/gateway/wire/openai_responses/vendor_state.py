"""What a request refers to that lives at the vendor it was made for: of no other can it be asked."""

from typing import Final

from drawbridge.gateway.errors import ImpossibleRequest
from drawbridge.gateway.wire.canonical import Request, Unknown

_MEMBERS: Final = ("previous_response_id", "conversation", "prompt")


def refuse_vendor_state(request: Request) -> None:
    """Refuse a request of this dialect that only its own vendor can answer.

    Raises ImpossibleRequest: a model of another dialect would answer another conversation.
    """
    for name in _MEMBERS:
        if request.extras.get(name) is not None:
            raise _lives_elsewhere(name)
    if request.extras.get("background") is True:
        raise ImpossibleRequest("This model cannot answer in the background.", param="background")
    for message in request.messages:
        for part in message.parts:
            if isinstance(part, Unknown) and part.kind == "item_reference":
                raise _lives_elsewhere(part.at)


def _lives_elsewhere(place: str) -> ImpossibleRequest:
    return ImpossibleRequest(
        f"'{place}' names what another vendor has stored; send the conversation itself.", param=place
    )
