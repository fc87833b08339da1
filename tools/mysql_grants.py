"""The grants of the shop's own MySQL user, derived from the tables.

    .venv/bin/python -m tools.mysql_grants

writes them into docker/mysql-grants.sql.
"""

from typing import Final

from shop.adapters.sql.framework.metadata import CHANGES_GRANTED
from shop.adapters.sql.tables import metadata
from tests.documents import ROOT

FILE: Final = ROOT / "docker" / "mysql-grants.sql"
HEAD: Final = """\
-- What the shop's own user may do in production: everything that the shop does, and no more.
--
-- It may not change or delete what was agreed (orders, order_lines), an order's history (order_history), the keys by
-- which it is found (order_search_keys), what prices were (price_changes) or what administrators did (audit_entries):
-- not by mistake, and not by somebody who got hold of the shop's password. It may not change the schema either.
--
-- Run it once as an administrator, after `shop migrate` as a user who may change the schema, and again after a
-- migration that adds a table. The schema is `shop` here and the user is 'shop'@'%', made beforehand:
--   CREATE USER 'shop'@'%' IDENTIFIED BY '…';
--
-- Made by tools.mysql_grants from the tables in src/shop/adapters/sql.

GRANT SELECT, INSERT ON `shop`.* TO 'shop'@'%';

"""


def grants() -> str:
    """Return the whole file."""
    changes = {
        name: metadata.tables[name].info.get(CHANGES_GRANTED, "UPDATE, DELETE")
        for name in sorted(metadata.tables)
    }
    lines = [
        f"GRANT {granted} ON `shop`.`{name}` TO 'shop'@'%';\n" for name, granted in changes.items() if granted
    ]
    return HEAD + "".join(lines)


if __name__ == "__main__":
    FILE.write_text(grants(), encoding="utf-8")
