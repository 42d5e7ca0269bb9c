"""What bounds a call: its bytes and the limit of its answers, or what is known of its media, or nothing."""

import base64
import json
import struct
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from drawbridge.gateway.aside import is_large
from drawbridge.gateway.bounds import NOTHING, Bound, Unbounded, bound_beside, bound_call
from drawbridge.gateway.cost_bounds import price_at
from drawbridge.gateway.entries import ProfileEntry
from drawbridge.gateway.request import read_request
from drawbridge.gateway.snapshot import Deployment
from drawbridge.usage.pricing.compile import compile_prices
from drawbridge.usage.pricing.entries import PriceEntry, PricesEntry, TokenPrices
from tests.gateway.bounds.calls import AT, BODIES, CONTENTS, ENDPOINTS, SAID, UNKNOWN, call, deployment
from tests.parts.caller import Json

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 1600, 1200) + bytes(9_000)).decode()
PICTURE: Json = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
PDF = base64.b64encode(b"%PDF-1.4 << /Type /Page >> << /Type /Page >>").decode()
SOUND = base64.b64encode(bytes(40_000)).decode()


def bounded(operation: str, body: Json, at: Deployment = AT) -> Bound:
    bound = bound_call(call(operation, body), at)
    assert isinstance(bound, Bound), bound
    return bound


def unbounded(operation: str, body: Json, at: Deployment = AT) -> str:
    bound = bound_call(call(operation, body), at)
    assert isinstance(bound, Unbounded), bound
    return bound.reason


def asked(operation: str, **members: object) -> Json:
    return {**BODIES[operation], **members}


def said(*parts: Json) -> Json:
    return {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": [*parts]}]}


@pytest.mark.parametrize("operation", BODIES)
def test_words_come_to_their_bytes_and_a_little(operation: str) -> None:
    body = BODIES[operation]

    bound = bounded(operation, body)

    assert 80 <= bound.input_tokens - len(json.dumps(body)) <= 100
    assert (bound.input_audio_tokens, bound.input_image_tokens) == (0, 0)


@pytest.mark.parametrize(
    ("operation", "members", "output"),
    [
        ("chat.completions", {"max_tokens": 70}, 70),
        ("chat.completions", {"max_completion_tokens": 70, "max_tokens": 60}, 70),
        ("chat.completions", {"max_tokens": 70, "n": 3}, 210),
        ("chat.completions", {"max_output_tokens": 70}, None),
        ("chat.completions", {"max_tokens": 0}, 10_000),
        ("chat.completions", {"max_tokens": None, "n": None}, 10_000),
        ("chat.completions", {"max_tokens": 10**9}, 10_000),
        ("responses", {"max_output_tokens": 70}, 70),
        ("responses", {"max_output_tokens": None, "previous_response_id": None}, 10_000),
        ("messages", {"max_tokens": 70}, 70),
        ("generateContent", {"generationConfig": {"maxOutputTokens": 70, "candidateCount": 2}}, 140),
        ("generateContent", {"generation_config": {"max_output_tokens": 70, "candidate_count": 2}}, 140),
        ("generateContent", {"generationConfig": {"maxOutputTokens": "70"}}, 10_000),
        (
            "generateContent",
            {"generationConfig": {"maxOutputTokens": 70}, "generation_config": {"maxOutputTokens": 60}},
            10_000,
        ),
        ("generateContent", {}, 10_000),
    ],
)
def test_answers_have_the_limit_that_their_vendor_reads(operation: str, members: Json, output: int | None) -> None:
    if output is None:
        assert "'max_output_tokens'" in unbounded(operation, asked(operation, **members))
    else:
        assert bounded(operation, asked(operation, **members)).output_tokens == output


def test_a_name_of_the_limit_that_the_vendor_passes_over_limits_nothing() -> None:
    body = asked("chat.completions", max_completion_tokens=70)
    mistral = deployment(profile=ProfileEntry(max_output_tokens=10_000, output_limit_member="max_tokens"))

    translated = replace(mistral, provider=replace(mistral.provider, dialects=frozenset({"gemini"})))

    assert bounded("chat.completions", body, mistral).output_tokens == 10_000
    assert bounded("chat.completions", body, translated).output_tokens == 70


def test_without_a_limit_the_window_of_the_model_is_one() -> None:
    body = BODIES["chat.completions"]

    assert bounded("chat.completions", body, deployment("gpt-4o", pricing_id="openai")).output_tokens == 128_000
    assert unbounded("chat.completions", body, UNKNOWN).startswith("Its answer has no limit")


def test_completions_are_answered_as_often_as_there_are_prompts_and_tries() -> None:
    def output(**members: object) -> int:
        return bounded("completions", {"model": "m", "max_tokens": 10, **members}).output_tokens

    assert output(prompt="Hi") == 10
    assert output(prompt=["Hi", "Ho"], n=3) == 60
    assert output(prompt=[[1, 2], [3]], n=2, best_of=5) == 100
    assert output(prompt=[1, 2, 3]) == 10


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("embeddings", {"model": "m", "input": ["Hi", "Ho"], "dimensions": 3}),
        ("embeddings", {"model": "m", "input": [[1, 2], [3]]}),
        ("embedContent", {"content": {"parts": [{"text": "Hi"}]}, "taskType": "CLUSTERING"}),
        ("batchEmbedContents", {"requests": [{"content": {"parts": [{"text": "Hi"}]}}]}),
        ("moderations", {"model": "m", "input": "Hi"}),
    ],
)
def test_what_is_only_read_has_no_output(operation: str, body: Json) -> None:
    bound = bounded(operation, body, UNKNOWN)

    assert bound.output_tokens == 0
    assert bound.input_tokens > len(json.dumps(body))


def test_ranking_reads_the_question_with_each_document() -> None:
    question = "q" * 1_000

    bound = bounded("rerank", {"model": "m", "query": question, "documents": ["a", "b", "c"]})

    assert bound.input_tokens > 4 * 1_000


@pytest.mark.parametrize("operation", ["messages.count_tokens", "countTokens", "responses.input_tokens"])
def test_a_count_comes_to_nothing(operation: str) -> None:
    assert bound_call(call(operation, asked("messages")), UNKNOWN) == NOTHING


def test_vendors_that_say_more_of_their_own_are_allowed_more() -> None:
    def words(model: str, operation: str = "chat.completions", **members: object) -> int:
        at = deployment(model, profile=ProfileEntry(max_output_tokens=9))
        body = asked(operation, **members)
        return bounded(operation, body, at).input_tokens - len(json.dumps(body))

    assert words("grok-4.3") - words("other") == 420
    assert words("other", safe_prompt=True) >= 200
    assert words("other", "responses", text={"verbosity": "low"}) == 720


def test_media_are_reckoned_by_what_they_are_and_not_by_their_bytes() -> None:
    words = bounded("chat.completions", said({"type": "text", "text": "x"})).input_tokens

    def more(medium: Json, model: str = "gpt-4.1") -> Bound:
        at = deployment(model, profile=ProfileEntry(max_output_tokens=9))
        return bounded("chat.completions", said({"type": "text", "text": "x"}, medium), at)

    picture = more(PICTURE)
    sound = more({"type": "input_audio", "input_audio": {"data": SOUND, "format": "mp3"}})
    pages = more({"type": "file", "file": {"file_data": f"data:application/pdf;base64,{PDF}", "filename": "a.pdf"}})
    assert picture.input_image_tokens == 58 * 43
    assert 58 * 43 < picture.input_tokens - words < 58 * 43 + 100
    assert sound.input_audio_tokens == 8 + 400
    assert 10_000 <= pages.input_tokens - words < 10_300
    assert more(PICTURE, "gpt-4o-mini").input_image_tokens == 48_169
    assert more(PICTURE, "qwen-vl").input_image_tokens == 16_384


def test_a_document_that_is_to_be_cited_is_read_with_its_marks() -> None:
    def document(**members: object) -> Json:
        source = {"type": "text", "media_type": "text/plain", "data": "word " * 400}
        return said({"type": "document", "source": source, **members})

    plain = bounded("messages", document()).input_tokens

    assert bounded("messages", document(citations={"enabled": True})).input_tokens > plain + 600


def test_a_tool_that_the_vendor_describes_and_the_caller_runs_is_bounded() -> None:
    bound = bounded("messages", asked("messages", tools=[{"type": "bash_20250124", "name": "bash"}]))

    assert bound.input_tokens > 1_500


ADDED: list[tuple[str, Json, str]] = [
    ("chat.completions", {"modalities": ["text", "audio"], "audio": {"voice": "ash"}}, "'modalities'|'audio'"),
    ("chat.completions", {"web_search_options": {}}, "'web_search_options'"),
    ("chat.completions", {"plugins": [{"id": "web"}]}, "'plugins'"),
    ("chat.completions", {"models": ["other"]}, "'models'"),
    ("chat.completions", {"prediction": {"type": "content", "content": "x"}}, "'prediction'"),
    ("responses", {"previous_response_id": "resp_1"}, "'previous_response_id'"),
    ("responses", {"conversation": "conv_1"}, "'conversation'"),
    ("responses", {"prompt": {"id": "pmpt_1"}}, "'prompt'"),
    ("responses", {"tools": [{"type": "web_search"}]}, "'web_search'"),
    ("responses", {"tools": [{"type": "mcp", "server_label": "a", "server_url": "https://a.example"}]}, "'mcp'"),
    ("responses", {"input": [{"type": "item_reference", "id": "msg_1"}]}, "item 'msg_1'"),
    ("responses", {"input": [{"id": "rs_1", "type": "reasoning", "summary": []}]}, "item 'rs_1'"),
    ("responses", {"reasoning": {"mode": "pro"}}, "'reasoning'"),
    (
        "responses",
        {"input": [{"role": "user", "content": [{"type": "input_file", "file_id": "file-1"}]}]},
        "file 'file-1'",
    ),
    ("messages", {"tools": [{"type": "web_fetch_20250910", "name": "web_fetch"}]}, "'web_fetch'"),
    ("messages", {"mcp_servers": []}, "'mcp_servers'"),
    ("messages", {"container": "c_1"}, "'container'"),
    ("messages", {"speed": "fast"}, "'speed'"),
    ("messages", {"inference_geo": "us"}, "'inference_geo'"),
    ("messages", {"context_management": {"edits": [{"type": "compact_20260112"}]}}, "'context_management'"),
    (
        "messages",
        said({"type": "document", "source": {"type": "url", "url": "https://a.example/a.pdf"}}),
        "document at 'messages",
    ),
    ("generateContent", {"cachedContent": "cachedContents/1"}, "'cachedContent'"),
    ("generateContent", {"tools": [{"googleSearch": {}}]}, "'web_search'"),
    ("generateContent", {"tools": [{"functionDeclarations": [{"name": "f", "cachedContent": "1"}]}]}, "cache '1'"),
    ("generateContent", {"generationConfig": {"responseModalities": ["IMAGE"]}}, "'generationConfig'"),
    (
        "generateContent",
        {"contents": [{"parts": [{"fileData": {"fileUri": "https://youtu.be/1"}}]}]},
        "video at 'contents",
    ),
    ("generateContent", {"contents": CONTENTS, "newest": {"a": 1}}, "'newest'"),
]


@pytest.mark.parametrize(("operation", "members", "told"), ADDED)
def test_what_a_vendor_adds_by_itself_is_not_bounded_and_is_named(operation: str, members: Json, told: str) -> None:
    reason = unbounded(operation, asked(operation, **members))

    assert any(each in reason for each in told.split("|")), reason


@pytest.mark.parametrize(
    "model", ["sonar-pro", "gpt-4o-search-preview", "o3-deep-research", "groq/compound-mini", "a:online"]
)
def test_models_that_read_the_web_by_themselves_are_not_bounded(model: str) -> None:
    at = deployment(model, profile=ProfileEntry(max_output_tokens=9))

    assert "reads the web" in unbounded("chat.completions", BODIES["chat.completions"], at)


@pytest.mark.parametrize("operation", ["images.generations", "audio.speech"])
def test_what_makes_media_is_not_bounded(operation: str) -> None:
    assert "media" in unbounded(operation, {"model": "m", "prompt": "Hi", "input": "Hi"})


def test_a_form_is_not_bounded() -> None:
    form = b'--X\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n--X--\r\n'
    request = read_request(ENDPOINTS["audio.transcriptions"], None, form, "multipart/form-data; boundary=X")

    assert isinstance(bound_call(request, AT), Unbounded)


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("chat.completions", {"messages": 7, "max_tokens": 9}),
        ("chat.completions", {"n": "3"}),
        ("generateContent", {"generationConfig": {"candidateCount": "8"}}),
        ("generateContent", {"generationConfig": 7}),
        ("completions", {"prompt": {"a": 1}, "max_tokens": 9}),
    ],
)
def test_what_cannot_be_read_is_not_bounded(operation: str, members: Json) -> None:
    assert unbounded(operation, {**BODIES.get(operation, {"model": "m"}), **members})


async def test_a_large_body_is_read_beside_the_event_loop_to_the_same_bound() -> None:
    large = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG * 40}"}}
    request = call("chat.completions", said(large))

    assert is_large(request.top.body)
    assert (
        await bound_beside(request, AT) == bound_call(request, AT) != bound_call(call("chat.completions", said()), AT)
    )


def test_a_member_that_stands_twice_is_seen_in_both_places() -> None:
    picture = json.dumps([{"type": "image_url", "image_url": {"url": "https://a.example/a.png"}}])
    for written in (f'"content": "x", "content": {picture}', f'"content": {picture}, "content": "x"'):
        body = f'{{"model": "m", "max_tokens": 9, "messages": [{{"role": "user", {written}}}]}}'
        bound = bound_call(call("chat.completions", body.encode()), AT)

        assert isinstance(bound, Unbounded) or bound.input_tokens >= 58 * 43


def test_names_with_escapes_are_the_names_that_they_mean() -> None:
    body = json.dumps(said({"type": "file", "file": {"file_id": "file-1"}})).replace("file_id", r"file\u005fid")

    assert isinstance(bound_call(call("chat.completions", body.encode()), AT), Unbounded)


def test_an_address_in_an_unknown_place_is_not_taken_for_words() -> None:
    for odd in ({"link": "https://a.example/a"}, {"Images": ["iVBORw0KGgo"]}, {"x": "data:a/b;base64,AAAA"}):
        assert "messages[0].content[0]" in unbounded("chat.completions", said({"type": "text", "text": "x", **odd}))
    assert bounded("chat.completions", said({"type": "text", "text": "https://a.example", "mood": "calm"}))


def test_the_conversation_of_a_tool_of_the_vendor_counts_by_its_bytes() -> None:
    found = {"type": "web_search_result", "url": "https://a.example", "title": "A", "encrypted_content": "x" * 2_000}
    blocks = [
        {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "a"}},
        {"type": "web_search_tool_result", "tool_use_id": "s", "content": [found]},
    ]
    body = asked("messages", messages=[*SAID, {"role": "assistant", "content": blocks}, *SAID])

    assert bounded("messages", body).input_tokens > 2_000


@pytest.mark.parametrize(
    ("operation", "members", "may_be_media"),
    [
        ("generateContent", {}, True),
        ("generateContent", {"generationConfig": {"responseModalities": []}}, True),
        ("generateContent", {"generationConfig": {"responseModalities": ["TEXT"]}}, False),
        ("generateContent", {"generation_config": {"response_modalities": ["TEXT"]}}, False),
        (
            "generateContent",
            {"generationConfig": {"responseModalities": ["TEXT"]}, "generation_config": {"topK": 1}},
            True,
        ),
        ("chat.completions", {}, True),
        ("chat.completions", {"modalities": None}, True),
        ("chat.completions", {"modalities": ["text"]}, False),
        ("responses", {}, True),
        ("messages", {}, True),
    ],
)
def test_answers_may_be_media_unless_the_request_says_that_it_wants_text(
    operation: str, members: Json, may_be_media: bool
) -> None:
    bound = bounded(operation, asked(operation, **members))
    translated = replace(AT, provider=replace(AT.provider, dialects=frozenset({"openai-files"})))

    tokens = bound.tokens()
    media = bound.output_tokens if may_be_media else 0
    assert (tokens.output_audio, tokens.output_image) == (media, media)
    assert bounded(operation, asked(operation, **members), translated).may_be_media


def test_a_model_of_pictures_is_held_at_the_price_of_pictures() -> None:
    entry = PriceEntry(provider="*", per_million=TokenPrices(input="1", output="2", image_output="30"))
    prices = compile_prices(PricesEntry(own={"pictures": entry}), {})
    price = price_at(AT, prices, datetime(2026, 11, 23, tzinfo=UTC))

    most = price(bounded("generateContent", asked("generateContent")).tokens())
    words = price(
        bounded("generateContent", asked("generateContent", generationConfig={"responseModalities": ["TEXT"]})).tokens()
    )

    assert most is not None
    assert words is not None
    assert 10_000 * 30_000 < most < 10_000 * 30_000 + 500_000
    assert words < 10_000 * 2_000 + 2_000_000
