"""What can go wrong before something is tried out.

DrawbridgeError
  +-- NotTriedError         the gateway does not make the call: such as before it knows what was configured
"""

from drawbridge.core.errors import DrawbridgeError
from drawbridge.gateway.refusals import Refusal


class NotTriedError(DrawbridgeError):
    """The gateway refuses before it knows what there is to try out."""

    fault = "caller"

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message, retry_after_s=refusal.retry_after_s)
        self.code, self.status = refusal.reason, refusal.status(None)
