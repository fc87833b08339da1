"""Give every product a variant with the product's id, and add further columns to products.

The shop may have to be stopped: products that older versions create from now on get no variant. Each batch of products
is committed separately, and finished products stay as they are, so an interrupted migration can run again.

Revision ID: 0012
Revises: 0011
"""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None
compatible_since = "0012"

BATCH: Final = 5_000
ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
MOMENT: Final = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")
TABLE: Final = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}

# Name, type, and what is in it until the shop's owner says otherwise (None: nothing).
PRODUCT_COLUMNS: Final[tuple[tuple[str, sa.types.TypeEngine[object], str | None], ...]] = (
    ("vendor", sa.String(100), None),
    ("requires_shipping", sa.Boolean(), "1"),
    ("tax_class", sa.String(40), "'standard'"),
    ("withdrawable", sa.Boolean(), "1"),
    ("options", sa.JSON(), None),
    ("price_to", sa.BigInteger(), "0"),
    ("prior_price", sa.BigInteger(), None),
    ("weight", sa.Integer(), None),
    ("variant_count", sa.Integer(), "1"),
)

FILL: Final = """
INSERT INTO variants (id, product_id, position, sku, price, compare_at_price, active, deleted)
SELECT p.id, p.id, 0, p.sku, p.price, p.compare_at_price, 1, 0
FROM products p
WHERE p.id > :after AND p.id <= :upto AND NOT EXISTS (SELECT 1 FROM variants v WHERE v.product_id = p.id)
"""
FILL_PRICES: Final = (
    "UPDATE products SET price_to = price WHERE id > :after AND id <= :upto AND variant_count = 1"
)


def upgrade() -> None:
    _make_variants()
    _make_price_changes()
    present = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("products")}
    for name, kind, default in PRODUCT_COLUMNS:
        if name not in present:
            server_default = None if default is None else sa.text(default)
            op.add_column(
                "products", sa.Column(name, kind, nullable=default is None, server_default=server_default)
            )
    _fill()


def downgrade() -> None:
    present = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("products")}
    for name, *_ in reversed(PRODUCT_COLUMNS):
        if name in present:
            op.drop_column("products", name)
    op.drop_table("price_changes", if_exists=True)
    op.drop_table("variants", if_exists=True)


def _make_variants() -> None:
    if not sa.inspect(op.get_bind()).has_table("variants"):
        op.create_table(
            "variants",
            sa.Column("id", ID, nullable=False),
            sa.Column("product_id", ID, nullable=False),
            sa.Column("position", sa.Integer, nullable=False),
            sa.Column("sku", sa.String(64)),
            sa.Column("options", sa.JSON),
            sa.Column("price", sa.BigInteger, nullable=False),
            sa.Column("compare_at_price", sa.BigInteger),
            sa.Column("prior_price", sa.BigInteger),
            sa.Column("weight", sa.Integer),
            sa.Column("barcode", sa.String(64)),
            sa.Column("image_url", sa.String(2000)),
            sa.Column("active", sa.Boolean, nullable=False),
            sa.Column("deleted", sa.Boolean, nullable=False),
            sa.PrimaryKeyConstraint("id", name="pk_variants"),
            sa.UniqueConstraint("sku", name="uq_variants_sku"),
            sa.ForeignKeyConstraint(["product_id"], ["products.id"], name="fk_variants_product_id"),
            sa.CheckConstraint("price BETWEEN 0 AND 10000000000", name="ck_variants_price"),
            sa.CheckConstraint(
                "compare_at_price BETWEEN 0 AND 10000000000", name="ck_variants_compare_at_price"
            ),
            sa.CheckConstraint("weight BETWEEN 0 AND 1000000000", name="ck_variants_weight"),
            sa.CheckConstraint("position BETWEEN 0 AND 99", name="ck_variants_position"),
            sa.CheckConstraint("NOT deleted OR sku IS NULL", name="ck_variants_deleted_without_sku"),
            **TABLE,
        )
    _make_index("ix_variants_product_id", "variants", ["product_id", "position"])


def _make_price_changes() -> None:
    if not sa.inspect(op.get_bind()).has_table("price_changes"):
        op.create_table(
            "price_changes",
            sa.Column("id", ID, nullable=False),
            sa.Column("item_id", ID, nullable=False),
            sa.Column("at", MOMENT, nullable=False),
            sa.Column("former_price", sa.BigInteger, nullable=False),
            sa.Column("price", sa.BigInteger, nullable=False),
            sa.PrimaryKeyConstraint("id", name="pk_price_changes"),
            sa.ForeignKeyConstraint(["item_id"], ["variants.id"], name="fk_price_changes_item_id"),
            sa.CheckConstraint("price <> former_price", name="ck_price_changes_price"),
            **TABLE,
        )
    _make_index("ix_price_changes_item_id", "price_changes", ["item_id", "at"])


def _make_index(name: str, table: str, columns: list[str]) -> None:
    if name not in {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(table)}:
        op.create_index(name, table, columns)


def _fill() -> None:
    connection = op.get_bind()
    products = sa.table("products", sa.column("id", ID))
    after = b""
    following = (
        sa.select(products.c.id)
        .where(products.c.id > sa.bindparam("after", type_=ID))
        .order_by(products.c.id)
        .limit(BATCH)
    )
    while batch := connection.scalars(following, {"after": after}).all():
        for statement in (FILL, FILL_PRICES):
            connection.execute(sa.text(statement), {"after": after, "upto": batch[-1]})
        _commit()
        after = batch[-1]


def _commit() -> None:
    """End a batch. SQLite has one transaction for all migrations, so nothing is left there after an interruption."""
    if op.get_bind().dialect.name == "mysql":
        with op.get_context().autocommit_block():  # entering it commits
            pass
