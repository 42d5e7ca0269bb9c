"""Who re-says a call that cannot go up as it is: conversations, counts and embeddings are told in ways of their own."""

from drawbridge.gateway.counting import Estimated, translate_count
from drawbridge.gateway.embedding import translate_embeddings
from drawbridge.gateway.endpoints import COUNTED, EMBEDDED
from drawbridge.gateway.request import CallRequest
from drawbridge.gateway.snapshot import Deployment
from drawbridge.gateway.translation import Translated, Translators, Wishes


async def interpret(
    translators: Translators, call: CallRequest, deployment: Deployment, wishes: Wishes
) -> Translated | Estimated:
    """Say a call in a dialect of its deployment, or answer it where no vendor needs to be asked. Raises Refusal."""
    if call.endpoint in COUNTED:
        return await translate_count(translators, call, deployment, wishes)
    if call.endpoint in EMBEDDED:
        return translate_embeddings(call, deployment, wishes)
    return await translators.translate(call, deployment, wishes)
