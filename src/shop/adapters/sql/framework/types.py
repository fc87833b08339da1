"""Column types shared by all tables."""

import re
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import DateTime, Dialect, LargeBinary, TypeDecorator
from sqlalchemy.dialects import mysql

_CANONICAL: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)

FIRST_ID: Final = "00000000-0000-0000-0000-000000000000"
"""An id below every other one."""


class Identifier(TypeDecorator[str]):
    """A canonical UUID: text in Python, 16 bytes in the database.

    Any other text becomes an empty value that matches no row: an unknown id is "not found", never an error.
    """

    impl = LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        return bytes.fromhex(value.replace("-", "")) if _CANONICAL.fullmatch(value) else b""

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        if value is None:
            return None
        text = value.hex()
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time: timezone-aware and in UTC in Python, a microsecond column without a zone in the database."""

    impl = DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        assert value.tzinfo is not None, "a moment without a time zone"
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


Digest: Final = LargeBinary(32).with_variant(mysql.BINARY(32), "mysql")
"""A SHA-256 digest."""
