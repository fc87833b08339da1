"""Add pictures, and the products that show them.

On MySQL the shop's own user needs UPDATE and DELETE on the new tables: see docker/mysql-grants.sql.

Revision ID: 0043
Revises: 0042
"""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None
compatible_since = "0042"

ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
DIGEST: Final = sa.LargeBinary(32).with_variant(mysql.BINARY(32), "mysql")
MOMENT: Final = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")
OPTIONS: Final = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
    "if_not_exists": True,
}
USES: Final = "picture_uses"
USES_BY_PRODUCT: Final = "ix_picture_uses_product_id"
MAX_SIDE: Final = 16_383


# MySQL commits each step by itself, so each step checks whether it is done already.
def upgrade() -> None:
    op.create_table(
        "pictures",
        sa.Column("id", ID, nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("alt", sa.String(300), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pictures")),
        sa.UniqueConstraint("digest", name=op.f("uq_pictures_digest")),
        sa.CheckConstraint(f"width BETWEEN 1 AND {MAX_SIDE}", name=op.f("ck_pictures_width")),
        sa.CheckConstraint(f"height BETWEEN 1 AND {MAX_SIDE}", name=op.f("ck_pictures_height")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_pictures_version")),
        **OPTIONS,
    )
    op.create_table(
        USES,
        sa.Column("picture_id", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("shown", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("picture_id", "product_id", name=op.f("pk_picture_uses")),
        sa.ForeignKeyConstraint(
            ["picture_id"], ["pictures.id"], name=op.f("fk_picture_uses_picture_id_pictures")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_picture_uses_product_id_products")
        ),
        sqlite_with_rowid=False,
        **OPTIONS,
    )
    inspector = sa.inspect(op.get_bind())
    if USES_BY_PRODUCT not in {index["name"] for index in inspector.get_indexes(USES)}:
        op.create_index(USES_BY_PRODUCT, USES, ["product_id"])
    if "images" not in _columns_of_products():
        op.add_column("products", sa.Column("images", sa.JSON))


def downgrade() -> None:
    if "images" in _columns_of_products():
        op.drop_column("products", "images")
    op.drop_table(USES, if_exists=True)
    op.drop_table("pictures", if_exists=True)


def _columns_of_products() -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns("products")}
