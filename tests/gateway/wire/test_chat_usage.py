import msgspec
from hypothesis import given
from hypothesis import strategies as st

from drawbridge.gateway.wire.counts import Counts
from drawbridge.gateway.wire.meter import meter_for
from drawbridge.gateway.wire.openai_chat_usage import chat_tokens

_COUNT = st.integers(0, 30) | st.none() | st.sampled_from([-1, 1.0, "7", 1 << 41])
_INPUT_PARTS = ["cached_tokens", "cache_write_tokens", "audio_tokens", "image_tokens"]
_OUTPUT_PARTS = ["reasoning_tokens", "audio_tokens", "image_tokens"]
_OTHERS = ["prompt_cache_hit_tokens", "num_cached_tokens", "cached_tokens", "reasoning_tokens", "queue_time"]


@st.composite
def _usages(draw: st.DrawFn) -> dict[str, object]:
    prompt, completion = draw(_COUNT), draw(_COUNT)
    honest = sum(count for count in (prompt, completion) if isinstance(count, int))
    usage: dict[str, object] = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": draw(st.just(honest) | _COUNT),
    }
    details = st.none() | st.just([]) | st.dictionaries(st.sampled_from(_INPUT_PARTS), _COUNT)
    usage["prompt_tokens_details"] = draw(details)
    usage["completion_tokens_details"] = draw(st.none() | st.dictionaries(st.sampled_from(_OUTPUT_PARTS), _COUNT))
    usage.update(draw(st.dictionaries(st.sampled_from(_OTHERS), _COUNT, max_size=1)))
    dropped = draw(st.sets(st.sampled_from(sorted(usage)), max_size=2))
    return {name: value for name, value in usage.items() if name not in dropped}


@given(_usages())
def test_a_whole_reply_is_counted_as_the_long_way_counts_it(usage: dict[str, object]) -> None:
    meter = meter_for("chat.completions")

    meter.reply(msgspec.json.encode({"id": "c", "usage": usage}))

    assert meter.result().tokens == chat_tokens(Counts(usage))
