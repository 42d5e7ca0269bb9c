"""E-mail addresses as they are compared: folded, and of a plausible form."""

import re
import unicodedata
from typing import Final

from drawbridge.core.text import UnprintableTextError

_FORM: Final = re.compile(r"[^\s@\"<>(),:;\\]+@[^\s@\"<>(),:;\\]+")
_LONGEST: Final = 254


def fold_email(written: str) -> str:
    """Return an e-mail address in the one form in which it is stored and compared.

    Raises UnprintableTextError for what is no address.
    """
    folded = unicodedata.normalize("NFKC", written.strip()).casefold()
    if len(folded) > _LONGEST or not folded.isprintable() or _FORM.fullmatch(folded) is None:
        raise UnprintableTextError("This is no e-mail address: write it as name@example.com.")
    return folded
