"""The record of changed products, which keeps other processes' facet indexes up to date.

Each transaction that changes listed products takes the next revision as its last lock, and keeps it until it commits:
revisions become visible in their order, so a reader that has seen one has seen all before it.
"""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    bindparam,
    delete,
    insert,
    select,
)

from shop.adapters.sql.catalogue.tables import products
from shop.adapters.sql.framework.execution import AddingInsert, DirectConnection
from shop.adapters.sql.framework.metadata import TABLE_OPTIONS, metadata
from shop.adapters.sql.framework.statements import Identifier

catalogue_revision: Final = Table(
    "catalogue_revision",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("revision", BigInteger, nullable=False),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)
"""One row: the number of transactions that have changed listed products."""

product_changes: Final = Table(
    "product_changes",
    metadata,
    Column("product_id", Identifier, ForeignKey(products.c.id), primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Index("ix_product_changes_revision", "revision"),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)
"""The revision at which a product last changed. Absent: it has not changed since the table was made."""

_NEXT: Final = AddingInsert(catalogue_revision, catalogue_revision.c.revision)
_FORGET: Final = delete(product_changes).where(
    product_changes.c.product_id.in_(bindparam("ids", expanding=True))
)
_NOTE: Final = insert(product_changes).from_select(
    ["product_id", "revision"],
    select(products.c.id, catalogue_revision.c.revision).where(
        products.c.id.in_(bindparam("ids", expanding=True)), catalogue_revision.c.id == 1
    ),
)


async def record_changes(connection: DirectConnection, product_ids: Collection[str]) -> None:
    """Record that the transaction has changed these products. Call it last: every other writer waits for the commit."""
    if not product_ids:
        return
    ids: dict[str, Any] = {"ids": sorted(product_ids)}
    await _NEXT.execute(connection, [{"id": 1, "revision": 1}])
    await connection.defer(_FORGET, ids)
    await connection.defer(_NOTE, ids)
