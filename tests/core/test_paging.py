import base64
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbridge.core.paging import BadCursorError, PageRequest, decode_cursor, encode_cursor, page_of


@given(st.uuids())
def test_a_cursor_is_read_back(last: UUID) -> None:
    assert decode_cursor(encode_cursor(last)) == last


@given(st.text() | st.binary().map(lambda content: base64.urlsafe_b64encode(content).decode()))
def test_what_no_list_gave_out_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursorError):
        decode_cursor(cursor)


@pytest.mark.parametrize(
    "content", ["[1]", "[2,{}]", '[1,"x"]', '{"1":2}', '[1,"zz345678901234567890123456789012"]', "null"]
)
def test_json_that_is_no_cursor_is_refused(content: str) -> None:
    with pytest.raises(BadCursorError):
        decode_cursor(base64.urlsafe_b64encode(content.encode()).decode())


@given(st.lists(st.uuids(version=4), unique=True, max_size=30), st.integers(1, 8))
def test_pages_together_are_the_whole_list(items: list[UUID], limit: int) -> None:
    ordered = sorted(items, reverse=True)
    seen: list[UUID] = []
    after: UUID | None = None
    while True:
        rows = [item for item in ordered if after is None or item < after][: limit + 1]
        page = page_of(rows, PageRequest(limit, after), lambda item: item)
        seen.extend(page.items)
        assert len(page.items) <= limit
        if page.next_cursor is None:
            break
        after = decode_cursor(page.next_cursor)

    assert seen == ordered
