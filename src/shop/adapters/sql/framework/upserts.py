"""Inserts that add to numbers where the row is there already, for both databases."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Column, Insert, Table
from sqlalchemy.dialects import mysql, sqlite

from shop.adapters.sql.framework.execution import DirectConnection


class AddingInsert:
    """`INSERT` rows of `table`; where the primary key is taken, add the row's `columns` to those that are there."""

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
        """Give the rows in the order of their keys, as every other transaction does, or meet one in a deadlock."""
        if rows:
            await connection.defer(self._statements[connection.dialect.name], rows)
