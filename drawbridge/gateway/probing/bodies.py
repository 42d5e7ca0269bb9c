"""What is found out, as the API shows it."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from drawbridge.gateway.dialects import AuthStyle, Dialect
from drawbridge.gateway.providers.presets import Hosting, PresetName


class TroubleBody(BaseModel):
    """Why it does not work. `message` is the vendor's own where the vendor said something."""

    code: str
    message: str
    status: int | None

    model_config = {"from_attributes": True}


class ProbeBody(BaseModel):
    """What became of a small call to a deployment. `trouble` is null where it works.

    The call is in the usage by `call_id`, which is null where none was made. `answer` is the beginning of its words, or
    how many numbers a vector has. A cost of null is not known.
    """

    task: Literal["conversation", "vectors"]
    provider: str
    upstream_model: str
    call_id: UUID | None
    answer: str
    stop_reason: str | None
    trouble: TroubleBody | None
    duration_ms: int | None
    time_to_first_byte_ms: int | None
    input_tokens: int
    output_tokens: int
    cost_nanousd: int | None
    estimated: bool

    model_config = {"from_attributes": True}


class ServedBody(BaseModel):
    """The models that a provider says it serves, or why it does not say it."""

    models: list[str]
    trouble: TroubleBody | None

    model_config = {"from_attributes": True}


class PresetBody(BaseModel):
    """What is known of a vendor. Without `base_url` it must be given, in the form of `address_form`.

    `variable` is where the credential is looked for unless something else is said, and null where there is none to look
    for; `is_set` tells whether the Drawbridge process has it, for you to use.
    """

    name: PresetName
    title: str
    base_url: str | None
    address_form: str
    dialects: list[Dialect]
    hosting: Hosting
    auth: AuthStyle
    variable: str | None
    is_set: bool


class PresetsBody(BaseModel):
    """The vendors that are known."""

    presets: list[PresetBody]
