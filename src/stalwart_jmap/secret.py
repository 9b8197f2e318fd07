"""`Secret`: a text that never prints itself.

Passwords, codes, tokens, keys and authenticator URLs travel in this type, so that a log line, a traceback, an f-string
or a careless `json.dumps` shows four stars. Only `reveal` gives the text, and only what sends it or shows it once may
call that.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import NoReturn, final

_MASK = "Secret(****)"
# Hashes of secrets are only comparable within one process: a leaked hash cannot be looked up in a dictionary.
_HASH_KEY = secrets.token_bytes(16)


@final
class Secret:
    """A text that shows itself only through `reveal`; compared in constant time; refuses pickling, copying and JSON."""

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        """Wrap `text`. Raises ValueError, without the text, for a string that UTF-8 cannot carry."""
        try:
            text.encode()
        except UnicodeEncodeError:
            # `from None` and no mention of the cause: a UnicodeEncodeError carries the whole text.
            message = "a secret must be text that UTF-8 can carry"
            raise ValueError(message) from None
        self.__text = text

    def reveal(self) -> str:
        """Give the text itself."""
        return self.__text

    def __repr__(self) -> str:
        return _MASK

    def __str__(self) -> str:
        return _MASK

    def __format__(self, format_spec: str) -> str:
        return format(_MASK, format_spec)

    def __bool__(self) -> bool:
        return bool(self.__text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.__text.encode(), other.__text.encode())

    def __hash__(self) -> int:
        digest = hashlib.blake2b(self.__text.encode(), key=_HASH_KEY, digest_size=8).digest()
        return int.from_bytes(digest)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        message = "a Secret is neither pickled nor copied"
        raise TypeError(message)

    def __copy__(self) -> NoReturn:
        message = "a Secret is not copied"
        raise TypeError(message)

    def __deepcopy__(self, memo: object) -> NoReturn:
        message = "a Secret is not copied"
        raise TypeError(message)
