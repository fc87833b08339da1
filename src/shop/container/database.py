"""The schema of the database that the settings name, and data to try things out."""

from shop.adapters.sql.framework import migrations
from shop.adapters.sql.framework.migrations import Migrated
from shop.adapters.sql.seeding.seed import SqlSeed
from shop.adapters.sql.storage import SqlStorage
from shop.container.shop import Shop
from shop.settings import Settings


def upgrade_schema(settings: Settings) -> Migrated:
    """Run the migrations that the database does not have yet."""
    return migrations.upgrade(settings.database_url)


def require_usable_schema(settings: Settings) -> None:
    """Raise a ShopError unless this version can run on the database's schema."""
    migrations.require_compatible(settings.database_url)


def seed_of(shop: Shop) -> SqlSeed:
    """Return what fills the shop's SQL database with products, customers and orders."""
    assert isinstance(shop.storage, SqlStorage)
    return SqlSeed(shop.storage.database, shop.settings.currency)
