"""The metadata shared by all tables; its naming convention gives every constraint a name."""

from typing import Any, Final

from sqlalchemy import MetaData

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

TABLE_OPTIONS: Final[dict[str, Any]] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
}
"""Options for every Table: text compares by its bytes; case-insensitive comparison uses a folded column."""

CHANGES_GRANTED: Final = "changes_granted"
"""The key in a table's `info` for the privileges by which the shop's own MySQL user may change its rows.

They default to `UPDATE, DELETE`. `docker/mysql-grants.sql` is generated from them.
"""
INSERT_ONLY: Final[dict[str, str]] = {CHANGES_GRANTED: ""}
"""The `info` of a table whose rows the shop's own user may neither update nor delete."""
