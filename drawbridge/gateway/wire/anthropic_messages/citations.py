"""Citations of another dialect, in the forms that Anthropic's SDKs know."""

from typing import Final

from drawbridge.gateway.wire.anthropic_messages.envelope import NAME, NO_SUCH_MEMBER
from drawbridge.gateway.wire.anthropic_messages.members import Block, put
from drawbridge.gateway.wire.anthropic_messages.read_blocks import CITATION_FORMS
from drawbridge.gateway.wire.canonical import Citation, Opaque
from drawbridge.gateway.wire.losses import Losses
from drawbridge.gateway.wire.opaque import hand_out

NOT_MADE_BY_ANTHROPIC: Final = hand_out(Opaque("", "openai-chat"), NAME)
"""Stands for what only Anthropic can give: the index of a web page that it has found, the signature of its thinking."""

_WEB: Final = "web_search_result_location"


def tell_citation(citation: Citation, losses: Losses) -> Block | None:
    """Return a citation as a caller is told it; None where no form fits, which is reported."""
    kind = _WEB if citation.kind == "url" else located_kind(citation)
    if kind is None or (kind == _WEB and citation.url is None):
        losses.lose(citation, "Anthropic cites web pages and the request's own documents only")
        return None
    form = CITATION_FORMS[kind]
    written: Block = {"type": kind}
    for field, member in form.names.items():
        put(written, member, getattr(citation, field))
    written["cited_text"] = citation.cited_text or ""
    if kind == _WEB:
        written["encrypted_index"] = NOT_MADE_BY_ANTHROPIC
    for field in ("start", "end", "url", "file", "source_index"):
        if getattr(citation, field) is not None and field not in form.names:
            losses.lose(citation, "Anthropic cites for a whole block of text", field=field)
    losses.lose_extras(citation, NO_SUCH_MEMBER, effect="none")
    return written


def located_kind(citation: Citation) -> str | None:
    """Return the form of a citation that tells where in the request's documents it points; None where it does not."""
    if None in (citation.source_index, citation.source_start, citation.source_end):
        return None
    if citation.kind == "search_result" and citation.url is None:
        return None
    forms = CITATION_FORMS.items()
    return next(
        (name for name, form in forms if form.kind == citation.kind and form.unit == citation.source_unit is not None),
        None,
    )
