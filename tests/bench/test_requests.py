import json

from bench.gateway import requests


def _head_and_body(request: bytes) -> tuple[bytes, bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    return head, body


def test_a_request_announces_the_length_of_its_body_and_carries_the_headers() -> None:
    head, body = _head_and_body(requests.small({"authorization": "Bearer any"}))

    assert f"content-length: {len(body)}\r\n".encode() in head + b"\r\n"
    assert b"\r\nauthorization: Bearer any\r\n" in head


def test_a_big_body_has_160_kilobytes() -> None:
    _, body = _head_and_body(requests.big({}))

    assert abs(len(body) - 160_000) < 1_000
    assert json.loads(body)["model"] == requests.MODEL


def test_a_stream_tells_the_upstream_its_chunks_and_their_pace() -> None:
    _, body = _head_and_body(requests.streamed({}, 60, 200))

    assert b"chunks=60 every_ms=200" in body
    assert json.loads(body)["stream"] is True
