"""Orders: the agreed snapshot, which no statement ever changes, and separately the order's changing state."""

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from shop.adapters.sql.framework.metadata import INSERT_ONLY, TABLE_OPTIONS, metadata
from shop.adapters.sql.framework.statements import Digest, Identifier, UtcDateTime
from shop.domain.catalogue.product import MAX_NAME
from shop.domain.catalogue.variant import MAX_IMAGE_URL, MAX_SKU
from shop.domain.fulfilment.shipping import MAX_METHOD_NAME
from shop.domain.money import MAX_MINOR_UNITS
from shop.domain.orders.cancellation import CancellationReason
from shop.domain.orders.order import PAYABLE, OrderStatus
from shop.domain.orders.snapshot import MAX_SEARCH_KEY_LENGTH, MAX_TERMS_VERSION
from shop.domain.payments.payment import PaymentMethod
from shop.domain.rules import MAX_REASON

_STATUSES: Final = ", ".join(f"'{status.value}'" for status in OrderStatus)
_REASONS: Final = ", ".join(f"'{reason.value}'" for reason in CancellationReason)

orders: Final = Table(
    "orders",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("number", String(14), nullable=False),
    Column("user_id", Identifier, ForeignKey("users.id")),
    Column("created_at", UtcDateTime, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("subtotal", BigInteger, nullable=False),
    Column("discount", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("promo_code", String(40)),
    Column("contact", JSON, nullable=False),
    Column("shipping_address", JSON, nullable=False),
    Column("billing_address", JSON(none_as_null=True)),
    Column("terms_version", String(MAX_TERMS_VERSION)),
    Column("shipping_method_id", Identifier),
    Column("shipping_name", String(MAX_METHOD_NAME)),
    Column("shipping_price", BigInteger, nullable=False, server_default="0"),
    Column("shipping_tax_rate", Integer),
    Column("shipping_tax", BigInteger, nullable=False, server_default="0"),
    Column("prices_include_tax", Boolean, nullable=False, server_default="0"),
    Column("tax", BigInteger, nullable=False, server_default="0"),
    Column("taxes", JSON(none_as_null=True)),
    UniqueConstraint("number", name="uq_orders_number"),
    CheckConstraint("discount BETWEEN 0 AND subtotal", name="discount"),
    CheckConstraint(
        "total = subtotal - discount + shipping_price + CASE WHEN prices_include_tax THEN 0 ELSE tax END",
        name="total",
    ),
    CheckConstraint(
        "shipping_price >= 0 AND shipping_tax BETWEEN 0 AND tax"
        " AND (shipping_method_id IS NOT NULL OR (shipping_price = 0 AND shipping_tax = 0))",
        name="shipping",
    ),
    Index("ix_orders_user_id", "user_id", "created_at", "id"),
    Index("ix_orders_created_at", "created_at", "id"),
    info=INSERT_ONLY,
    **TABLE_OPTIONS,
)
"""Order snapshots. Insert-only: in production the shop's database user may neither update nor delete rows.

`user_id` is who placed the order, null for a guest; `order_states.user_id` is who owns it now.
Tax rates are in ten-thousandths of a per cent. `taxes` is a list of rates: name, rate, net amount, tax. The shipping
method is no foreign key: it may be deleted.
"""

order_search_keys: Final = Table(
    "order_search_keys",
    metadata,
    Column("search_key", String(MAX_SEARCH_KEY_LENGTH), primary_key=True),
    Column("order_id", Identifier, primary_key=True),
    sqlite_with_rowid=False,
    info=INSERT_ONLY,
    **TABLE_OPTIONS,
)
"""Texts by whose beginnings staff find orders. Insert-only, derived from the snapshot.

No foreign key: it would need an index of its own, and the rows are written together with their order.
"""

order_lines: Final = Table(
    "order_lines",
    metadata,
    Column("order_id", Identifier, ForeignKey("orders.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("item_id", Identifier, ForeignKey("variants.id"), nullable=False, index=True),
    Column("product_id", Identifier, nullable=False),
    Column("sku", String(MAX_SKU)),
    Column("name", String(MAX_NAME), nullable=False),
    Column("unit_price", BigInteger, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("discount", BigInteger, nullable=False),
    Column("line_total", BigInteger, nullable=False),
    Column("options", JSON(none_as_null=True)),
    Column("image_url", String(MAX_IMAGE_URL)),
    Column("tax_rate", Integer),
    Column("tax", BigInteger, nullable=False, server_default="0"),
    CheckConstraint(f"unit_price BETWEEN 0 AND {MAX_MINOR_UNITS}", name="unit_price"),
    CheckConstraint("quantity > 0", name="quantity"),
    CheckConstraint("discount BETWEEN 0 AND unit_price * quantity", name="discount"),
    CheckConstraint("line_total = unit_price * quantity - discount", name="line_total"),
    CheckConstraint("tax >= 0 AND (tax_rate IS NOT NULL OR tax = 0)", name="tax"),
    sqlite_with_rowid=False,
    info=INSERT_ONLY,
    **TABLE_OPTIONS,
)
"""The snapshot's lines."""

order_states: Final = Table(
    "order_states",
    metadata,
    Column("order_id", Identifier, ForeignKey("orders.id"), primary_key=True),
    Column("user_id", Identifier),
    Column("created_at", UtcDateTime, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("status", String(10), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("refunded_total", BigInteger, nullable=False),
    Column("payment_attempt", Integer, nullable=False),
    Column("history_length", Integer, nullable=False),
    Column("cancelling_reason", String(40)),
    Column("cancelling_note", String(MAX_REASON)),
    Column("cancelling_since", UtcDateTime),
    Column("cancelling_recorded", Boolean, nullable=False),
    Column("counted_as", String(10)),
    Column("miscounted", Boolean, Computed("counted_as IS NULL OR counted_as <> status", persisted=False)),
    Column("disputed_at", UtcDateTime),
    Column("disputes", JSON(none_as_null=True)),
    Column("disputes_lost", BigInteger, nullable=False, server_default="0"),
    Column("leased_until", UtcDateTime),
    Column("payment_method", String(10), nullable=False, server_default=PaymentMethod.CARD.value),
    Column("vat_id_verified", Boolean, nullable=False, server_default="0"),
    CheckConstraint(f"status IN ({_STATUSES})", name="status"),
    CheckConstraint("refunded_total BETWEEN 0 AND total", name="refunded_total"),
    CheckConstraint("disputes_lost BETWEEN 0 AND total - refunded_total", name="disputes_lost"),
    CheckConstraint("payment_attempt >= 1", name="payment_attempt"),
    CheckConstraint("history_length >= 1", name="history_length"),
    CheckConstraint(f"cancelling_reason IN ({_REASONS})", name="cancelling_reason"),
    CheckConstraint(
        "(status = 'cancelling') = (cancelling_reason IS NOT NULL)"
        " AND (status = 'cancelling') = (cancelling_since IS NOT NULL)"
        " AND (cancelling_recorded = 0 OR status = 'cancelling')",
        name="cancelling",
    ),
    Index("ix_order_states_status", "status", "expires_at"),
    Index("ix_order_states_created_at", "created_at", "status"),
    Index("ix_order_states_miscounted", "miscounted"),
    Index("ix_order_states_user_id", "user_id", "created_at", "order_id"),
    Index("ix_order_states_status_created_at", "status", "created_at", "order_id"),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)
"""The only mutable row of an order; every change to the order locks it.

`user_id` is the account that owns the order; null for a guest's order that no account has claimed. `created_at`,
`currency` and `total` repeat the snapshot's, so that one locking read returns everything.
`counted_as` is the status under which `order_days` currently counts the order.
One worker holds the order until `leased_until`.
"""

postponed_work: Final = Table(
    "postponed_work",
    metadata,
    Column("order_id", Identifier, ForeignKey("orders.id"), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("until", UtcDateTime, nullable=False, index=True),
    CheckConstraint("failures >= 1", name="failures"),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)
"""Work on an order that failed `failures` times in a row, by kind: workers skip it until the time `until`."""

order_history: Final = Table(
    "order_history",
    metadata,
    Column("order_id", Identifier, ForeignKey("orders.id"), primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("status", String(10), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("reason", String(500)),
    CheckConstraint(f"status IN ({_STATUSES})", name="status"),
    CheckConstraint("sequence >= 0", name="sequence"),
    sqlite_with_rowid=False,
    info=INSERT_ONLY,
    **TABLE_OPTIONS,
)
"""Append-only; `sequence` counts from 0 without gaps."""

order_tokens: Final = Table(
    "order_tokens",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("order_id", Identifier, ForeignKey("orders.id"), nullable=False, index=True),
    Column("digest", Digest, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("digest", name="uq_order_tokens_digest"),
    **TABLE_OPTIONS,
)
"""Tokens with which guests access their orders: one per checkout, and one per mail with a link."""

unpaid_guest_orders: Final = Table(
    "unpaid_guest_orders",
    metadata,
    Column("order_id", Identifier, ForeignKey("orders.id"), primary_key=True),
    Column("address", Digest, nullable=False, index=True),
    Column("email", Digest, nullable=False, index=True),
    **TABLE_OPTIONS,
)
"""Guests' orders that can still be paid (and some that no longer can), with digests of where they came from."""

order_notes: Final = Table(
    "order_notes",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("order_id", Identifier, ForeignKey("orders.id"), nullable=False),
    Column("author_id", Identifier, ForeignKey("users.id"), nullable=False),
    Column("text", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_order_notes_order_id", "order_id", "created_at", "id"),
    info=INSERT_ONLY,
    **TABLE_OPTIONS,
)
"""Notes by staff on orders. Insert-only."""

IS_PAYABLE: Final = order_states.c.status.in_(sorted(status.value for status in PAYABLE))
"""Whether an order may still be paid."""
