"""Ids and secrets from the operating system's randomness."""

import secrets

from uuid_utils import uuid7

_SECRET_BYTES = 32


class RandomIds:
    """See the port."""

    def __init__(self) -> None:
        self._last = ""

    def new_id(self) -> str:
        new = str(uuid7())
        # The library counts up within a millisecond; a clock set back must be handled here.
        if new <= self._last:
            new = _successor(self._last)
        self._last = new
        return new

    def new_secret(self) -> str:
        return secrets.token_urlsafe(_SECRET_BYTES)


def _successor(last: str) -> str:
    """Return the next greater UUIDv7, with the last 62 bits incremented."""
    number = int(last.replace("-", ""), 16)
    head, tail = number >> 62, number & (1 << 62) - 1
    digits = f"{(head << 62) | (tail + 1):032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
