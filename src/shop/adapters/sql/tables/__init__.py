"""The schema as SQLAlchemy Core sees it. The migrations make it; a test holds the two against each other."""

from shop.adapters.sql.tables import (
    accounts,
    audit,
    carts,
    catalogue,
    compatibility,
    idempotency,
    orders,
    payments,
    promo_codes,
    sales,
    sandbox,
    worker_tasks,
)
from shop.adapters.sql.tables.metadata import metadata

__all__ = [
    "accounts",
    "audit",
    "carts",
    "catalogue",
    "compatibility",
    "idempotency",
    "metadata",
    "orders",
    "payments",
    "promo_codes",
    "sales",
    "sandbox",
    "worker_tasks",
]
