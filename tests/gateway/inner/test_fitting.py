"""What is said in the place of media that a model is known not to take."""

import pytest

from drawbridge.gateway.inner.fitting import fit
from drawbridge.gateway.wire.canonical import Medium, Message, Request, Text
from drawbridge.gateway.wire.losses import Loss
from drawbridge.gateway.wire.profiles import Profile


def _request() -> Request:
    image = Medium(kind="image", media_type="image/png", data="AAAA", at="messages[0].parts[0]")
    pages = Medium(kind="document", media_type="application/pdf", data="AAAA", at="messages[0].parts[1]")
    said = Message(role="user", parts=[image, pages, Text(text="What is this?")])
    return Request(dialect=None, model="m", messages=[said], tools=[], settings={}, streamed=True)


_INSTEAD = {(0, 0): "no image", (0, 1): "no pages"}


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        (Profile(images=True, documents=True), ["What is this?"]),
        (Profile(images=False, documents=True), ["no image", "What is this?"]),
        (Profile(images=True, documents=False), ["no pages", "What is this?"]),
        (Profile(), ["no pages", "What is this?"]),
    ],
)
def test_only_what_a_model_does_not_take_is_said_in_words(profile: Profile, words: list[str]) -> None:
    request = _request()

    fitted = fit(request, _INSTEAD, profile)

    parts = fitted.request.messages[0].parts
    assert [part.text for part in parts if isinstance(part, Text)] == words
    assert len(fitted.losses) == len(words) - 1
    assert request.messages == _request().messages


def test_what_is_said_in_words_is_told_as_one_loss_each() -> None:
    fitted = fit(_request(), _INSTEAD, Profile(images=False))

    assert fitted.losses == (
        Loss("messages[0].parts[0]", "the model takes no images"),
        Loss("messages[0].parts[1]", "the model takes no documents that are more than words"),
    )


def test_media_for_which_there_are_no_words_stay_and_are_refused_where_others_are() -> None:
    request = _request()

    assert fit(request, {}, Profile(images=False)).request is request
