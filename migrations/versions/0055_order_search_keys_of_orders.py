"""Fill in the keys by which staff find orders.

Each batch of orders is committed separately, in the order of their ids. An interrupted migration continues after the
last order that has keys.

Revision ID: 0055
Revises: 0054
"""

import json
import re
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None
compatible_since = "0054"

BATCH: Final = 1_000
MAX_KEY: Final = 254
MAX_WORDS: Final = 6
ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
fold: Final[Callable[[str], str]] = runpy.run_path(str(Path(__file__).with_name("0009_folded_texts.py")))[
    "fold"
]

orders: Final = sa.table(
    "orders", sa.column("id", ID), sa.column("contact", sa.JSON), sa.column("shipping_address", sa.JSON)
)
search_keys: Final = sa.table(
    "order_search_keys", sa.column("search_key", sa.String), sa.column("order_id", ID)
)


def upgrade() -> None:
    connection = op.get_bind()
    following = (
        sa.select(orders)
        .where(orders.c.id > sa.bindparam("after", type_=ID))
        .order_by(orders.c.id)
        .limit(BATCH)
    )
    # A batch is stored whole or not at all: the order with the highest id and keys ends the last one stored.
    after = connection.scalar(sa.select(sa.func.max(search_keys.c.order_id))) or b""
    while batch := connection.execute(following, {"after": after}).all():
        rows = [{"search_key": key, "order_id": row.id} for row in batch for key in sorted(_keys(row))]
        if rows:
            connection.execute(sa.insert(search_keys), rows)
        _commit()
        after = batch[-1].id


def downgrade() -> None:
    """The keys go with their table."""


def _keys(row: Any) -> set[str]:
    """Return an order's keys, as the shop makes them."""
    contact, address = _object(row.contact), _object(row.shipping_address)
    keys = {_joined(_words(contact.get("email") or ""))}
    for name in (contact.get("name") or "", address.get("name") or ""):
        keys.update(_rotations(_words(name)))
    return keys - {""}


def _object(value: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(value) if isinstance(value, str) else value
    return found


def _words(text: str) -> list[str]:
    return re.findall(r"[^\s,;-]+", fold(text))


def _rotations(words: list[str]) -> Iterator[str]:
    for at in range(min(len(words), MAX_WORDS)):
        yield _joined(words[at:] + words[:at])


def _joined(words: list[str]) -> str:
    return " ".join(words)[:MAX_KEY].rstrip()


def _commit() -> None:
    """End a batch. SQLite has one transaction for all migrations, so nothing is left there after an interruption."""
    if op.get_bind().dialect.name == "mysql":
        with op.get_context().autocommit_block():  # entering it commits
            pass
