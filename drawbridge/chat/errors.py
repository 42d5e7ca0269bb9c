"""What can go wrong in the workspace.

DrawbridgeError
  +-- ChatError
        +-- UnknownConversationError  there is no conversation of that id, or it is somebody else's
        +-- UnknownMessageError       the same of a message
        +-- UnknownRunError           the same of a run
        +-- AnswerRunningError        the answer is still being written
        +-- NothingToAnswerError      an answer cannot be made to this message
        +-- TooLargeConversationError no call may say all of it
        +-- NoTitleError              no model makes a title
        +-- ModelsRefusedError        the gateway does not say which models there are
"""

from uuid import UUID

from drawbridge.core.errors import DrawbridgeError, Fault
from drawbridge.gateway import Refusal


class ChatError(DrawbridgeError):
    """The branch of everything that concerns the workspace."""

    code = "chat_error"
    status = 400
    fault: Fault = "caller"


class UnknownConversationError(ChatError):
    """There is no conversation of that id, or none of the one who asks."""

    code = "conversation_unknown"
    status = 404

    def __init__(self, conversation_id: UUID) -> None:
        super().__init__(f"You have no conversation {conversation_id}: see GET /api/chat/conversations.")


class UnknownMessageError(ChatError):
    """There is no message of that id, or none of the one who asks."""

    code = "message_unknown"
    status = 404

    def __init__(self, message_id: UUID) -> None:
        super().__init__(f"You have no message {message_id} there.")


class UnknownRunError(ChatError):
    """There is no run of that id, or none of the one who asks."""

    code = "run_unknown"
    status = 404

    def __init__(self, run_id: UUID) -> None:
        super().__init__(f"You have no run {run_id}: it is named in the answer to a turn.")


class AnswerRunningError(ChatError):
    """The answer is still being written."""

    code = "answer_running"
    status = 409

    def __init__(self, message_id: UUID) -> None:
        super().__init__(f"The answer {message_id} is still being written: wait for its end, or stop it.")


class NothingToAnswerError(ChatError):
    """An answer cannot be made to this message, or not again."""

    code = "nothing_to_answer"
    status = 409


class TooLargeConversationError(ChatError):
    """A branch is larger, with its files, than a call may be."""

    code = "too_large"
    status = 413

    def __init__(self, most_bytes: int) -> None:
        super().__init__(
            f"This conversation has more than the {most_bytes} bytes that are taken, with its files: leave out what is"
            " large in it, or begin another."
        )


class NoTitleError(ChatError):
    """No model makes a title: none that may be asked is cheap, or what it is for is gone."""

    code = "no_title"
    status = 409


class ModelsRefusedError(ChatError):
    """The gateway does not say which models there are: such as before it knows them."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message, retry_after_s=refusal.retry_after_s)
        self.code, self.status = refusal.reason, refusal.status(None)
