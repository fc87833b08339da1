"""The schema as SQLAlchemy Core tables. The migrations create it; a test compares the two."""

from shop.adapters.sql.accounts import tables as accounts
from shop.adapters.sql.audit import tables as audit
from shop.adapters.sql.carts import tables as carts
from shop.adapters.sql.catalogue import category_tables
from shop.adapters.sql.catalogue import changes as product_changes
from shop.adapters.sql.catalogue import import_tables as imports
from shop.adapters.sql.catalogue import tables as catalogue
from shop.adapters.sql.framework import tables as framework
from shop.adapters.sql.framework.metadata import metadata
from shop.adapters.sql.messages import tables as messages
from shop.adapters.sql.orders import tables as orders
from shop.adapters.sql.outbox import tables as outbox
from shop.adapters.sql.payments import sandbox_tables as sandbox
from shop.adapters.sql.payments import tables as payments
from shop.adapters.sql.pricing import tables as selling_rules
from shop.adapters.sql.promotions import tables as promo_codes
from shop.adapters.sql.statistics import tables as sales

__all__ = [
    "accounts",
    "audit",
    "carts",
    "catalogue",
    "category_tables",
    "framework",
    "imports",
    "messages",
    "metadata",
    "orders",
    "outbox",
    "payments",
    "product_changes",
    "promo_codes",
    "sales",
    "sandbox",
    "selling_rules",
]
