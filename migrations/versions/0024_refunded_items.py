"""Add the items of refunds, the restocked units, and the reason of a failure.

Earlier refunds that restocked are taken to have restocked the whole order, once. The batches may run twice.

Revision ID: 0024
Revises: 0023
"""

import json
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None
compatible_since = "0021"

BATCH: Final = 500
ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
COLUMNS: Final = (
    ("items", sa.JSON()),
    ("restocked", sa.JSON()),
    ("failure_reason", sa.String(200)),
)
refunds: Final = sa.table(
    "refunds",
    sa.column("id", ID),
    sa.column("order_id", ID),
    sa.column("restock"),
    sa.column("status"),
    sa.column("items"),
    sa.column("restocked"),
)
lines: Final = sa.table(
    "order_lines", *(sa.column(name, ID) for name in ("order_id", "item_id")), sa.column("quantity")
)
# The one of each order whose success brought the goods back, or will: a pending one only where there is no other.
BROUGHT_BACK: Final = (
    sa.select(refunds.c.order_id, refunds.c.id, refunds.c.status)
    .where(
        refunds.c.order_id > sa.bindparam("last", type_=ID),
        refunds.c.restock == sa.true(),
        refunds.c.status.in_(["pending", "succeeded"]),
    )
    .order_by(refunds.c.order_id, refunds.c.status.desc(), refunds.c.id)
    .limit(BATCH)
)


def upgrade() -> None:
    present = _columns()
    for name, kind in COLUMNS:
        if name not in present:
            op.add_column("refunds", sa.Column(name, kind))
    _name_what_came_back()


def downgrade() -> None:
    present = _columns()
    for name, _ in COLUMNS:
        if name in present:
            op.drop_column("refunds", name)


def _name_what_came_back() -> None:
    connection = op.get_bind()
    change = (
        sa.update(refunds)
        .where(refunds.c.id == sa.bindparam("refund_id", type_=ID))
        .values(items=sa.bindparam("units"), restocked=sa.bindparam("back"))
    )
    last = b""
    while found := connection.execute(BROUGHT_BACK, {"last": last}).all():
        firsts: dict[bytes, Any] = {}
        for refund in found:
            firsts.setdefault(refund.order_id, refund)
        units = _units(list(firsts))
        connection.execute(
            change,
            [
                {
                    "refund_id": refund.id,
                    "units": json.dumps(units[order_id]),
                    "back": json.dumps(units[order_id]) if refund.status == "succeeded" else None,
                }
                for order_id, refund in firsts.items()
            ],
        )
        _commit()
        last = found[-1].order_id


def _units(order_ids: list[bytes]) -> dict[bytes, list[list[Any]]]:
    units: dict[bytes, list[list[Any]]] = {order_id: [] for order_id in order_ids}
    of_orders = sa.select(lines).where(lines.c.order_id.in_(order_ids)).order_by(lines.c.item_id)
    for line in op.get_bind().execute(of_orders):
        units[line.order_id].append([str(UUID(bytes=line.item_id)), line.quantity])
    return units


def _commit() -> None:
    """End a batch. SQLite has one transaction for all migrations, so nothing is left there after an interruption."""
    if op.get_bind().dialect.name == "mysql":
        with op.get_context().autocommit_block():  # entering it commits
            pass


def _columns() -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns("refunds")}
