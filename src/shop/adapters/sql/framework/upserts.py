"""Inserts that add to the numbers of an existing row, for both databases."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Column, Insert, Table
from sqlalchemy.dialects import mysql, sqlite

from shop.adapters.sql.framework.execution import DirectConnection


class AddingInsert:
    """An `INSERT` into `table` that, if the primary key exists, adds the new `columns` to the existing ones."""

    def __init__(self, table: Table, *columns: Column[int]) -> None:
        on_mysql = mysql.insert(table)
        on_sqlite = sqlite.insert(table)
        self._statements: Final[dict[str, Insert]] = {
            "mysql": on_mysql.on_duplicate_key_update(
                {column.name: column + on_mysql.inserted[column.name] for column in columns},
            ),
            "sqlite": on_sqlite.on_conflict_do_update(
                index_elements=list(table.primary_key.columns),
                set_={column.name: column + on_sqlite.excluded[column.name] for column in columns},
            ),
        }

    async def execute(self, connection: DirectConnection, rows: Sequence[dict[str, Any]]) -> None:
        """Insert the rows. Pass them in key order, as every other transaction does, to avoid deadlocks."""
        if rows:
            await connection.defer(self._statements[connection.dialect.name], rows)
