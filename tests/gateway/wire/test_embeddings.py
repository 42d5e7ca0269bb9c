"""Embeddings between OpenAI's API and Gemini's."""

import base64
import math
import struct
from typing import Any

import pytest
from google.genai import types
from openai.types import CreateEmbeddingResponse

from drawbridge.gateway.errors import ImpossibleRequest, MalformedRequest
from drawbridge.gateway.wire.dialect import Target, WireRequest
from drawbridge.gateway.wire.embeddings import (
    gemini_reply_to_openai,
    gemini_request_to_openai,
    openai_reply_to_gemini,
    openai_request_to_gemini,
)
from drawbridge.gateway.wire.profiles import UNKNOWN

# Any: JSON.
Json = Any

VECTOR = [0.25, -0.5, 1e-3]
BATCH: Json = {"embeddings": [{"values": VECTOR}, {"values": [1.0]}], "usageMetadata": {"promptTokenCount": 7}}


def _wire(body: Json) -> WireRequest:
    return WireRequest("POST", "/whatever", body=body)


def _target(model: str) -> Target:
    return Target("vendor", model, UNKNOWN)


@pytest.mark.parametrize(("given", "texts"), [("a", ["a"]), (["a", "ü"], ["a", "ü"])])
def test_openais_texts_become_one_request_each(given: Json, texts: list[str]) -> None:
    body = {"model": "public", "input": given, "dimensions": 8, "encoding_format": "base64", "user": "me"}

    written = openai_request_to_gemini(_wire(body), _target("gemini-embedding-001"))

    assert written.wire.path == "/models/gemini-embedding-001:batchEmbedContents"
    assert written.wire.body == {
        "requests": [
            {
                "model": "models/gemini-embedding-001",
                "content": {"parts": [{"text": text}]},
                "outputDimensionality": 8,
            }
            for text in texts
        ]
    }
    assert [(loss.path, loss.effect) for loss in written.losses] == [("user", "none")]


@pytest.mark.parametrize("given", [[1, 2], [[1, 2]], ["a", 3]])
def test_tokens_are_refused_before_anything_is_sent(given: Json) -> None:
    with pytest.raises(ImpossibleRequest) as refused:
        openai_request_to_gemini(_wire({"model": "m", "input": given}), _target("g"))

    assert refused.value.param is not None
    assert refused.value.param.startswith("input[")


@pytest.mark.parametrize(
    "body",
    [
        {
            "requests": [
                {
                    "content": {"parts": [{"text": "a"}, {"text": "b"}]},
                    "taskType": "CLUSTERING",
                    "outputDimensionality": 8,
                }
            ]
        },
        {"content": {"parts": [{"text": "a"}, {"text": "b"}]}, "task_type": "CLUSTERING", "output_dimensionality": 8},
        {
            "content": {"parts": [{"text": "a"}, {"text": "b"}]},
            "embedContentConfig": {"taskType": "CLUSTERING", "outputDimensionality": 8},
        },
    ],
)
def test_geminis_requests_become_one_and_their_task_is_reported(body: Json) -> None:
    written = gemini_request_to_openai(_wire(body), _target("text-embedding-3-small"))

    assert written.wire.body == {
        "model": "text-embedding-3-small",
        "input": ["a\nb"],
        "dimensions": 8,
        "encoding_format": "float",
    }
    (loss,) = written.losses
    assert loss.path.rpartition(".")[2] in {"taskType", "task_type"}
    assert loss.effect == "answer"


def test_what_cannot_be_embedded_is_refused_by_its_place() -> None:
    image = {"requests": [{"content": {"parts": [{"inlineData": {"mimeType": "image/png", "data": "eA=="}}]}}]}
    sizes = {"requests": [{"content": {"parts": [{"text": "a"}]}, "outputDimensionality": size} for size in (8, 9)]}

    for body, place in ((image, "requests[0].content.parts[0]"), (sizes, "requests")):
        with pytest.raises(ImpossibleRequest) as refused:
            gemini_request_to_openai(_wire(body), _target("m"))
        assert refused.value.param == place
    with pytest.raises(MalformedRequest):
        gemini_request_to_openai(_wire({"requests": []}), _target("m"))


def test_geminis_vectors_are_told_as_numbers_and_as_base64() -> None:
    plain = gemini_reply_to_openai(200, BATCH, {"input": "a"}, "public").body
    packed = gemini_reply_to_openai(200, BATCH, {"encoding_format": "base64"}, "public").body

    parsed = CreateEmbeddingResponse.model_validate(plain, strict=True)
    assert [one.embedding for one in parsed.data] == [VECTOR, [1.0]]
    assert (parsed.model, parsed.usage.prompt_tokens) == ("public", 7)
    numbers = struct.unpack("<3f", base64.b64decode(packed["data"][0]["embedding"]))
    assert all(math.isclose(one, other, rel_tol=1e-6) for one, other in zip(numbers, VECTOR, strict=True))


@pytest.mark.parametrize("embedding", [VECTOR, base64.b64encode(struct.pack("<3f", *VECTOR)).decode()])
def test_openais_vectors_are_told_in_the_order_of_the_texts(embedding: Json) -> None:
    data = [{"index": 1, "embedding": [1.0]}, {"index": 0, "embedding": embedding}]

    batch = openai_reply_to_gemini(200, {"data": data, "usage": {"prompt_tokens": 7}}, is_batch=True).body
    single = openai_reply_to_gemini(200, {"data": data[1:]}, is_batch=False).body

    parsed = types.EmbedContentResponse.model_validate({"embeddings": batch["embeddings"]})
    assert parsed.embeddings is not None
    assert [round((one.values or [0])[0], 3) for one in parsed.embeddings] == [0.25, 1.0]
    assert batch["usageMetadata"] == {"promptTokenCount": 7, "totalTokenCount": 7}
    assert len(single["embedding"]["values"]) == 3


@pytest.mark.parametrize(
    "reply",
    [
        None,
        [],
        {},
        {"embeddings": [{"values": ["x"]}]},
        {"embedding": {"values": [1e300]}},
        {"data": [{"embedding": "%"}]},
    ],
)
def test_a_reply_that_is_no_vectors_is_a_failure(reply: Json) -> None:
    assert gemini_reply_to_openai(200, reply, {}, "m").status == 502
    assert openai_reply_to_gemini(200, reply, is_batch=True).status == 502


def test_errors_are_told_in_the_callers_shape() -> None:
    openai = gemini_reply_to_openai(429, {"error": {"code": 429, "message": "slow"}}, {}, "m")
    gemini = openai_reply_to_gemini(404, {"error": {"message": "gone"}}, is_batch=False)

    assert (openai.status, openai.body["error"]["message"], openai.body["error"]["type"]) == (
        429,
        "slow",
        "rate_limit_error",
    )
    assert gemini.body == {"error": {"code": 404, "message": "gone", "status": "NOT_FOUND"}}
