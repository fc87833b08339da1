"""Multiplies the products of a database by SQL alone: much faster than generating as many."""

from typing import Final

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shop.adapters.sql.catalogue.category_tables import category_listings, listing_counts, product_categories
from shop.adapters.sql.catalogue.tables import (
    listings,
    product_words,
    products,
    stock,
    variants,
    word_counts,
)
from shop.adapters.sql.framework.database import Database

MAX_DOUBLINGS: Final = 6
_TABLES: Final = (products, variants, stock, product_categories, listings, category_listings, product_words)
_COUNTS: Final = (word_counts, listing_counts)
_IDS: Final = frozenset({"id", "product_id", "item_id"})
_UNIQUE_TEXTS: Final = frozenset({"sku", "slug"})


async def double(database: Database, times: int) -> None:
    """Store a copy of every product, with variants, stock, categories and words, that many times in turn.

    Ids begin with a byte that has one bit set; each doubling sets another one in the copies.
    """
    assert times <= MAX_DOUBLINGS
    async with database.reads.connect() as connection:
        await connection.execute(text("SET SESSION foreign_key_checks = 0"))
        for doubling in range(times):
            for table in _TABLES:
                await _copy(connection, table, 2 << doubling)
        for table in _COUNTS:
            await connection.execute(text(f"UPDATE {table.name} SET listed = listed * {2**times}"))
        await connection.invalidate()  # its checks are off: it must not be reused


async def _copy(connection: AsyncConnection, table: Table, bit: int) -> None:
    columns = [column.name for column in table.columns if column.computed is None]
    values = ", ".join(_value(column, bit) for column in columns)
    await connection.execute(
        text(f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT {values} FROM {table.name}")
    )


def _value(column: str, bit: int) -> str:
    if column in _IDS:
        return f"CONCAT(CHAR(ORD({column}) | {bit}), SUBSTR({column}, 2))"
    return f"CONCAT({column}, '-{bit}')" if column in _UNIQUE_TEXTS else column
