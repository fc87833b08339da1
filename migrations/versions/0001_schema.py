"""Create the schema.

Revision ID: 0001
Revises:
"""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
MOMENT: Final = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")
TABLE: Final = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}

TABLES_BY_DEPENDENCE: Final = (
    "spent_refresh_tokens",
    "refunds",
    "promo_uses",
    "product_words",
    "payments",
    "order_states",
    "order_lines",
    "order_history",
    "cart_lines",
    "stock_adjustments",
    "stock",
    "sessions",
    "product_sales",
    "orders",
    "listings",
    "carts",
    "word_counts",
    "users",
    "sandbox_refunds",
    "sandbox_intents",
    "provider_events",
    "promo_codes",
    "products",
    "login_counters",
    "login_attempts",
    "idempotency_keys",
    "category_counts",
)


def upgrade() -> None:
    _make_accounts()
    _make_products()
    _make_listings()
    _make_promo_codes()
    _make_carts()
    _make_orders()
    _make_promo_uses()
    _make_payments()
    _make_sandbox()


def downgrade() -> None:
    for table in TABLES_BY_DEPENDENCE:
        op.drop_table(table)


def _make_accounts() -> None:
    op.create_table(
        "users",
        sa.Column("id", ID, nullable=False),
        sa.Column("username", sa.String(length=50), nullable=False),
        sa.Column("username_key", sa.String(length=50), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("email_key", sa.String(length=254), nullable=True),
        sa.Column("display_name", sa.String(length=100), nullable=True),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("role IN ('customer', 'admin')", name=op.f("ck_users_role")),
        sa.CheckConstraint("(email IS NULL) = (email_key IS NULL)", name=op.f("ck_users_email")),
        sa.CheckConstraint(
            "closed_at IS NULL OR (active = 0 AND email IS NULL AND display_name IS NULL AND password_hash IS NULL)",
            name=op.f("ck_users_closed"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email_key", name="uq_users_email"),
        sa.UniqueConstraint("username_key", name="uq_users_username"),
        **TABLE,
    )
    op.create_index("ix_users_closed_at", "users", ["closed_at", "id"], unique=False)
    op.create_index("ix_users_role", "users", ["role", "active"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column(
            "refresh_digest",
            sa.LargeBinary(length=32).with_variant(sa.BINARY(length=32), "mysql"),
            nullable=False,
        ),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("refresh_digest", name="uq_sessions_refresh_digest"),
        **TABLE,
    )
    op.create_index(op.f("ix_sessions_expires_at"), "sessions", ["expires_at"], unique=False)
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)
    op.create_table(
        "spent_refresh_tokens",
        sa.Column(
            "digest", sa.LargeBinary(length=32).with_variant(sa.BINARY(length=32), "mysql"), nullable=False
        ),
        sa.Column("session_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.id"],
            name=op.f("fk_spent_refresh_tokens_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_spent_refresh_tokens")),
        **TABLE,
    )
    op.create_index(
        op.f("ix_spent_refresh_tokens_session_id"), "spent_refresh_tokens", ["session_id"], unique=False
    )
    op.create_table(
        "login_attempts",
        sa.Column("id", ID, nullable=False),
        sa.Column(
            "account", sa.LargeBinary(length=32).with_variant(sa.BINARY(length=32), "mysql"), nullable=False
        ),
        sa.Column(
            "address", sa.LargeBinary(length=32).with_variant(sa.BINARY(length=32), "mysql"), nullable=False
        ),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_attempts")),
        **TABLE,
    )
    op.create_index("ix_login_attempts_account", "login_attempts", ["account", "at"], unique=False)
    op.create_index("ix_login_attempts_address", "login_attempts", ["address", "at"], unique=False)
    op.create_index(op.f("ix_login_attempts_at"), "login_attempts", ["at"], unique=False)
    op.create_table(
        "login_counters",
        sa.Column(
            "subject", sa.LargeBinary(length=32).with_variant(sa.BINARY(length=32), "mysql"), nullable=False
        ),
        sa.Column("touched_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_login_counters")),
        **TABLE,
    )
    op.create_index(op.f("ix_login_counters_touched_at"), "login_counters", ["touched_at"], unique=False)


def _make_products() -> None:
    op.create_table(
        "products",
        sa.Column("id", ID, nullable=False),
        sa.Column("sku", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=True),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("compare_at_price", sa.BigInteger(), nullable=True),
        sa.Column("image_url", sa.String(length=2000), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_products_name")),
        sa.CheckConstraint("NOT deleted OR sku IS NULL", name=op.f("ck_products_deleted_without_sku")),
        sa.CheckConstraint(
            "compare_at_price BETWEEN 0 AND 10000000000", name=op.f("ck_products_compare_at_price")
        ),
        sa.CheckConstraint("price BETWEEN 0 AND 10000000000", name=op.f("ck_products_price")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_products_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("sku", name="uq_products_sku"),
        **TABLE,
    )
    op.create_table(
        "stock",
        sa.Column("product_id", ID, nullable=False),
        sa.Column("initial", sa.Integer(), nullable=False),
        sa.Column("available", sa.Integer(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column(
            "sold_out", sa.Boolean(), sa.Computed("listed AND available = 0", persisted=False), nullable=True
        ),
        sa.CheckConstraint("available BETWEEN 0 AND 1000000000", name=op.f("ck_stock_available")),
        sa.CheckConstraint("initial BETWEEN 0 AND 1000000000", name=op.f("ck_stock_initial")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_stock_product_id")),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_stock")),
        **TABLE,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_stock_sold_out", "stock", ["sold_out", "product_id"], unique=False)
    op.create_table(
        "stock_adjustments",
        sa.Column("id", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.Column("available", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("made_by", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint("available >= 0", name=op.f("ck_stock_adjustments_available")),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_stock_adjustments_made_by")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_stock_adjustments_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_adjustments")),
        **TABLE,
    )
    op.create_index("ix_stock_adjustments_made_by", "stock_adjustments", ["made_by"], unique=False)
    op.create_index(
        "ix_stock_adjustments_product_id", "stock_adjustments", ["product_id", "id"], unique=False
    )
    op.create_table(
        "product_sales",
        sa.Column("product_id", ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.CheckConstraint("units > 0", name=op.f("ck_product_sales_units")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_product_sales_product_id")),
        sa.PrimaryKeyConstraint("product_id", "day", name=op.f("pk_product_sales")),
        **TABLE,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_product_sales_day", "product_sales", ["day", "product_id"], unique=False)


def _make_listings() -> None:
    op.create_table(
        "listings",
        sa.Column("product_id", ID, nullable=False),
        sa.Column("category", sa.String(length=100), nullable=True),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.CheckConstraint("units >= 0", name=op.f("ck_listings_units")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_listings_product_id")),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_listings")),
        **TABLE,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_listings_category_created_at",
        "listings",
        ["category", "created_at", "product_id", "price"],
        unique=False,
    )
    op.create_index(
        "ix_listings_category_name_key",
        "listings",
        ["category", "name_key", "product_id", "price"],
        unique=False,
    )
    op.create_index(
        "ix_listings_category_price", "listings", ["category", "price", "product_id"], unique=False
    )
    op.create_index(
        "ix_listings_category_units", "listings", ["category", "units", "product_id", "price"], unique=False
    )
    op.create_index("ix_listings_created_at", "listings", ["created_at", "product_id", "price"], unique=False)
    op.create_index("ix_listings_name_key", "listings", ["name_key", "product_id", "price"], unique=False)
    op.create_index("ix_listings_price", "listings", ["price", "product_id"], unique=False)
    op.create_index("ix_listings_units", "listings", ["units", "product_id", "price"], unique=False)
    op.create_table(
        "category_counts",
        sa.Column("category", sa.String(length=100), nullable=False),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.CheckConstraint("listed >= 0", name=op.f("ck_category_counts_listed")),
        sa.PrimaryKeyConstraint("category", name=op.f("pk_category_counts")),
        **TABLE,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "product_words",
        sa.Column("word", sa.String(length=64), nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("weight", sa.SmallInteger(), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=True),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["listings.product_id"],
            name=op.f("fk_product_words_product_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("word", "product_id", name=op.f("pk_product_words")),
        **TABLE,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_product_words_product_id", "product_words", ["product_id", "word", "weight"], unique=False
    )
    op.create_table(
        "word_counts",
        sa.Column("word", sa.String(length=64), nullable=False),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.CheckConstraint("listed >= 0", name=op.f("ck_word_counts_listed")),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_word_counts")),
        **TABLE,
        sqlite_with_rowid=False,
    )


def _make_promo_codes() -> None:
    op.create_table(
        "promo_codes",
        sa.Column("id", ID, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column(
            "code_key",
            sa.String(length=40).with_variant(
                mysql.VARCHAR(collation="utf8mb4_0900_bin", length=40), "mysql"
            ),
            nullable=False,
        ),
        sa.Column("type", sa.String(length=10), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("min_subtotal", sa.BigInteger(), nullable=True),
        sa.Column("starts_at", MOMENT, nullable=True),
        sa.Column("ends_at", MOMENT, nullable=True),
        sa.Column("usage_limit", sa.Integer(), nullable=True),
        sa.Column("per_customer_limit", sa.Integer(), nullable=True),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("times_used", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "(type = 'percent' AND value BETWEEN 1 AND 100) OR (type = 'fixed' AND value BETWEEN 1 AND 10000000000)",
            name=op.f("ck_promo_codes_value"),
        ),
        sa.CheckConstraint(
            "min_subtotal BETWEEN 0 AND 10000000000", name=op.f("ck_promo_codes_min_subtotal")
        ),
        sa.CheckConstraint("per_customer_limit >= 1", name=op.f("ck_promo_codes_per_customer_limit")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_promo_codes_window")),
        sa.CheckConstraint(
            "times_used >= 0 AND (usage_limit IS NULL OR times_used <= usage_limit)",
            name=op.f("ck_promo_codes_times_used"),
        ),
        sa.CheckConstraint("usage_limit >= 1", name=op.f("ck_promo_codes_usage_limit")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_promo_codes_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promo_codes")),
        sa.UniqueConstraint("code_key", name="uq_promo_codes_code"),
        **TABLE,
    )


def _make_carts() -> None:
    op.create_table(
        "carts",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("promo_code", sa.String(length=40), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_carts_version")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_carts_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carts")),
        sa.UniqueConstraint("user_id", name="uq_carts_user_id"),
        **TABLE,
    )
    op.create_table(
        "cart_lines",
        sa.Column("cart_id", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity BETWEEN 1 AND 999", name=op.f("ck_cart_lines_quantity")),
        sa.ForeignKeyConstraint(
            ["cart_id"], ["carts.id"], name=op.f("fk_cart_lines_cart_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_cart_lines_product_id")),
        sa.PrimaryKeyConstraint("cart_id", "product_id", name=op.f("pk_cart_lines")),
        **TABLE,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_cart_lines_product_id"), "cart_lines", ["product_id"], unique=False)


def _make_orders() -> None:
    op.create_table(
        "orders",
        sa.Column("id", ID, nullable=False),
        sa.Column("number", sa.String(length=14), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("subtotal", sa.BigInteger(), nullable=False),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("promo_code", sa.String(length=40), nullable=True),
        sa.Column("contact", sa.JSON(), nullable=False),
        sa.Column("shipping_address", sa.JSON(), nullable=False),
        sa.CheckConstraint("discount BETWEEN 0 AND subtotal", name=op.f("ck_orders_discount")),
        sa.CheckConstraint("total = subtotal - discount", name=op.f("ck_orders_total")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_orders_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("number", name="uq_orders_number"),
        **TABLE,
    )
    op.create_index("ix_orders_user_id", "orders", ["user_id", "created_at", "id"], unique=False)
    op.create_table(
        "order_lines",
        sa.Column("order_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("sku", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("line_total", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "discount BETWEEN 0 AND unit_price * quantity", name=op.f("ck_order_lines_discount")
        ),
        sa.CheckConstraint(
            "line_total = unit_price * quantity - discount", name=op.f("ck_order_lines_line_total")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_lines_quantity")),
        sa.CheckConstraint("unit_price BETWEEN 0 AND 10000000000", name=op.f("ck_order_lines_unit_price")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_lines_order_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_order_lines_product_id")),
        sa.PrimaryKeyConstraint("order_id", "position", name=op.f("pk_order_lines")),
        **TABLE,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_order_lines_product_id"), "order_lines", ["product_id"], unique=False)
    op.create_table(
        "order_states",
        sa.Column("order_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("refunded_total", sa.BigInteger(), nullable=False),
        sa.Column("payment_attempt", sa.Integer(), nullable=False),
        sa.Column("history_length", sa.Integer(), nullable=False),
        sa.Column("cancelling_reason", sa.String(length=40), nullable=True),
        sa.Column("cancelling_since", MOMENT, nullable=True),
        sa.Column("cancelling_recorded", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(status = 'cancelling') = (cancelling_reason IS NOT NULL)"
            " AND (status = 'cancelling') = (cancelling_since IS NOT NULL)"
            " AND (cancelling_recorded = 0 OR status = 'cancelling')",
            name=op.f("ck_order_states_cancelling"),
        ),
        sa.CheckConstraint(
            "cancelling_reason IN ('cancelled by the customer', 'cancelled by the shop', 'not paid in time')",
            name=op.f("ck_order_states_cancelling_reason"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'failed', 'paid', 'cancelling', 'shipped', 'delivered', 'cancelled', 'refunded')",
            name=op.f("ck_order_states_status"),
        ),
        sa.CheckConstraint("history_length >= 1", name=op.f("ck_order_states_history_length")),
        sa.CheckConstraint("payment_attempt >= 1", name=op.f("ck_order_states_payment_attempt")),
        sa.CheckConstraint("refunded_total BETWEEN 0 AND total", name=op.f("ck_order_states_refunded_total")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_states_order_id")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_order_states")),
        **TABLE,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_order_states_status", "order_states", ["status", "expires_at"], unique=False)
    op.create_table(
        "order_history",
        sa.Column("order_id", ID, nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "status IN ('pending', 'failed', 'paid', 'cancelling', 'shipped', 'delivered', 'cancelled', 'refunded')",
            name=op.f("ck_order_history_status"),
        ),
        sa.CheckConstraint("sequence >= 0", name=op.f("ck_order_history_sequence")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_history_order_id")),
        sa.PrimaryKeyConstraint("order_id", "sequence", name=op.f("pk_order_history")),
        **TABLE,
        sqlite_with_rowid=False,
    )


def _make_promo_uses() -> None:
    op.create_table(
        "promo_uses",
        sa.Column("promo_code_id", ID, nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_promo_uses_order_id")),
        sa.ForeignKeyConstraint(
            ["promo_code_id"],
            ["promo_codes.id"],
            name=op.f("fk_promo_uses_promo_code_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_promo_uses_user_id")),
        sa.PrimaryKeyConstraint("promo_code_id", "order_id", name=op.f("pk_promo_uses")),
        sa.UniqueConstraint("order_id", name="uq_promo_uses_order_id"),
        **TABLE,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_promo_uses_user_id", "promo_uses", ["user_id", "promo_code_id"], unique=False)


def _make_payments() -> None:
    op.create_table(
        "payments",
        sa.Column("order_id", ID, nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("intent_id", sa.String(length=255), nullable=False),
        sa.Column("client_secret", sa.String(length=500), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "status IN ('pending', 'processing', 'failed', 'succeeded', 'cancelled')",
            name=op.f("ck_payments_status"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payments_amount")),
        sa.CheckConstraint("attempt >= 1", name=op.f("ck_payments_attempt")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_payments_order_id")),
        sa.PrimaryKeyConstraint("order_id", "attempt", name=op.f("pk_payments")),
        sa.UniqueConstraint("intent_id", name="uq_payments_intent_id"),
        **TABLE,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "refunds",
        sa.Column("id", ID, nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("intent_id", sa.String(length=255), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("restock", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("provider_refund_id", sa.String(length=255), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("status IN ('pending', 'succeeded', 'failed')", name=op.f("ck_refunds_status")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refunds_amount")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_refunds_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
        **TABLE,
    )
    op.create_index(op.f("ix_refunds_order_id"), "refunds", ["order_id"], unique=False)
    op.create_index("ix_refunds_status", "refunds", ["status", "created_at"], unique=False)
    op.create_table(
        "provider_events",
        sa.Column(
            "event_id",
            sa.LargeBinary(length=255).with_variant(sa.VARBINARY(length=255), "mysql"),
            nullable=False,
        ),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_provider_events")),
        **TABLE,
    )
    op.create_index(op.f("ix_provider_events_at"), "provider_events", ["at"], unique=False)
    op.create_table(
        "idempotency_keys",
        sa.Column(
            "scope", sa.LargeBinary(length=64).with_variant(sa.VARBINARY(length=64), "mysql"), nullable=False
        ),
        sa.Column(
            "key", sa.LargeBinary(length=255).with_variant(sa.VARBINARY(length=255), "mysql"), nullable=False
        ),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("order_id", ID, nullable=True),
        sa.Column("answer", sa.LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql"), nullable=True),
        sa.Column("leased_until", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_idempotency_keys")),
        **TABLE,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"], unique=False)


def _make_sandbox() -> None:
    op.create_table(
        "sandbox_intents",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("client_secret", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("refunded >= 0 AND refunded <= amount", name=op.f("ck_sandbox_intents_refunded")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_intents")),
        sa.UniqueConstraint("client_secret", name="uq_sandbox_intents_client_secret"),
        sa.UniqueConstraint("order_id", "attempt", name="uq_sandbox_intents_attempt"),
        **TABLE,
    )
    op.create_table(
        "sandbox_refunds",
        sa.Column("id", ID, nullable=False),
        sa.Column("intent_id", sa.String(length=64), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_refunds")),
        **TABLE,
    )
