"""Master keys as a worker holds them."""

from typing import Final

from drawbridge.config.held_keys import HeldKeys
from drawbridge.config.key_sources import KeyVariable
from drawbridge.config.secrets import MasterKey, MasterKeys, master_key
from tests.parts.clock import HeldClock

MASTER_KEY: Final[MasterKey] = master_key(bytes(32))


def held_keys(key: MasterKey = MASTER_KEY) -> HeldKeys:
    """Return keys of which there is only this one, whatever is looked for."""
    return HeldKeys(KeyVariable(""), MasterKeys((key,)), HeldClock())
