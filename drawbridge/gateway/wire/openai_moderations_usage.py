"""Usage in OpenAI moderations and their copies: the reply is never a stream."""

from drawbridge.gateway.wire.openai_embeddings_usage import EmbeddingsUsage
from drawbridge.usage.events import Tokens


class ModerationsUsage(EmbeddingsUsage):
    """Read a verdict. OpenAI makes it for nothing and counts nothing; Mistral counts, and charges."""

    def tokens(self) -> Tokens | None:
        """Return the vendor's count: none at all, where it tells none."""
        return super().tokens() or Tokens()
