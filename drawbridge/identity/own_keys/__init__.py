"""Keys that people make for themselves, without being an administrator."""

from drawbridge.identity.own_keys.own_keys import MOST_OWN_KEYS, OwnKeys

__all__ = ["MOST_OWN_KEYS", "OwnKeys"]
