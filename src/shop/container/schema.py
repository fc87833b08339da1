"""Schema management of the configured database, without the shop that works on it."""

from collections.abc import Callable
from typing import TypeAlias

from shop.adapters.sql.framework import migration_progress, migrations
from shop.adapters.sql.framework.migrations import Migrated
from shop.settings import Settings

MigrationStep: TypeAlias = migration_progress.MigrationStep


def upgrade_schema(
    settings: Settings, *, samples: bool = True, show: Callable[[MigrationStep], None] | None = None
) -> Migrated:
    """Run the pending migrations. `samples`: a new shop gets sample products. `show` gets the progress."""
    return migrations.upgrade(settings.database_url, samples=samples, show=show)


def require_usable_schema(settings: Settings) -> None:
    """Raise a ShopError unless this version can run on the database's schema."""
    migrations.require_compatible(settings.database_url)
