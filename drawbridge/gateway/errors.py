"""What the gateway raises on purpose.

DrawbridgeError
  +-- BodyError             the request's body cannot be read: the caller's to mend
        +-- MalformedBody        400  not one JSON object that can be read in one way only
        +-- UnpackableBody       400  not what its Content-Encoding says
        +-- BodyTooLarge         413  larger than allowed, packed or unpacked
        +-- UnsupportedEncoding  415  packed in a way that is not understood here
  +-- TranslationError      the request cannot be said in the target's dialect: the caller's to mend
        +-- MalformedRequest     400  not what the caller's own dialect allows
        +-- ImpossibleRequest    400  the model could never do it: sound for a model that only reads text
"""

from drawbridge.core.errors import DrawbridgeError


class BodyError(DrawbridgeError):
    """A body that the gateway cannot read."""

    code = "invalid_body"
    status = 400
    fault = "caller"


class MalformedBody(BodyError):
    """A body that is not one JSON object which every reader must understand alike.

    `member` is the top-level member to blame, where there is one.
    """

    code = "malformed_body"

    def __init__(self, message: str, *, member: str | None = None) -> None:
        super().__init__(message)
        self.member = member


class UnpackableBody(BodyError):
    """A packed body that is broken, cut short or followed by something else."""

    code = "unpackable_body"


class BodyTooLarge(BodyError):
    """A body larger than the limit. `limit_bytes` counts unpacked bytes."""

    code = "body_too_large"
    status = 413

    def __init__(self, message: str, *, limit_bytes: int) -> None:
        super().__init__(message)
        self.limit_bytes = limit_bytes


class UnsupportedEncoding(BodyError):
    """A Content-Encoding that is not understood here. `supported` are those that are."""

    code = "unsupported_encoding"
    status = 415

    def __init__(self, message: str, *, supported: tuple[str, ...]) -> None:
        super().__init__(message)
        self.supported = supported


class TranslationError(DrawbridgeError):
    """A request that cannot be translated. `param` is the JSON path of what is to blame, where one thing is."""

    status = 400
    fault = "caller"

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.param = param


class MalformedRequest(TranslationError):
    """A request that is not what its own dialect allows."""

    code = "malformed_request"


class ImpossibleRequest(TranslationError):
    """A request that the model could never carry out."""

    code = "impossible_request"
