"""A table with columns of all kinds, and a row of it."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

from shop.adapters.sql.framework.statements import Identifier, UtcDateTime

FIRST, SECOND, THIRD = (f"01890a5d-ac96-774b-bcce-b302099a805{number}" for number in (1, 2, 3))

ROW: dict[str, Any] = {
    "id": FIRST,
    "name": "100 % 'Mug' ☕",
    "at": datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC),
    "day": date(2026, 3, 1),
    "flag": True,
    "facts": {"a": [1, None, "ü"]},
    "amount": 2**40,
    "digest": b"\x00'\xff%",
}

UNTOLD = dict.fromkeys(("at", "day", "flag", "facts", "amount", "digest"))

samples = Table(
    "samples",
    MetaData(),
    Column("id", Identifier, primary_key=True),
    Column("name", String(40), nullable=False),
    Column("at", UtcDateTime),
    Column("day", Date),
    Column("flag", Boolean),
    Column("facts", JSON(none_as_null=True)),
    Column("amount", BigInteger),
    Column("digest", LargeBinary(32)),
    UniqueConstraint("name", name="uq_samples_name"),
    mysql_charset="utf8mb4",
)
