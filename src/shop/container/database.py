"""Stored settings, backups and sample data of the configured database."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from shop.adapters.clock import clock_with
from shop.adapters.sql.framework import backup
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.seeding.seed import SqlSeed
from shop.adapters.sql.storage import SqlStorage
from shop.application.framework.marks import BACKUP_TAKEN, SetMark
from shop.application.framework.stored_settings import (
    CURRENCY,
    ConfirmSetting,
    RequireStoredSettings,
)
from shop.container.pricing import tax_settings
from shop.container.shop import Shop
from shop.domain.errors import ShopError
from shop.settings import Settings

_T = TypeVar("_T")


def require_stored_settings(settings: Settings) -> None:
    """Raise a ShopError if these settings would change the meaning of stored amounts.

    Every command that reads or writes amounts calls this once the schema exists. The first call stores the currency.
    """

    async def require(storage: SqlStorage) -> None:
        currency = {CURRENCY: settings.currency.code}
        await RequireStoredSettings(storage.unit_of_work, currency, tax_settings(settings))()

    asyncio.run(_on_storage(settings, require))


def confirm_setting(settings: Settings, variable: str) -> tuple[str | None, str]:
    """Accept the variable's current value for the stored amounts. Return the former and the current one."""
    value = tax_settings(settings)[variable]
    stored = asyncio.run(
        _on_storage(settings, lambda storage: ConfirmSetting(storage.unit_of_work)(variable, value))
    )
    return stored, value


async def _on_storage(settings: Settings, use: Callable[[SqlStorage], Awaitable[_T]]) -> _T:
    # A separate storage: connections belong to the event loop that opened them.
    storage = SqlStorage(Database(settings.database_url, pool_size=1))
    try:
        return await use(storage)
    finally:
        await storage.close()


def back_up(settings: Settings, to: Path) -> None:
    """Write a verified copy of the embedded database to a file, and record when. Raises BackupFailed."""
    assert settings.database_file is not None
    backup.back_up(settings.database_file, to)
    with suppress(ShopError):  # the backup is complete, even if a busy database can't record it
        clock = clock_with(settings.clock_offset_file)
        asyncio.run(_on_storage(settings, lambda storage: SetMark(storage.unit_of_work, clock)(BACKUP_TAKEN)))


def restore(settings: Settings, source: Path) -> Path | None:
    """Replace the embedded database, which no process may have open, with a backup.

    Return the path of the former database; None if there was none. Raises BackupFailed.
    """
    assert settings.database_file is not None
    return backup.restore(settings.database_file, source)


def seed_of(shop: Shop) -> SqlSeed:
    """Return the generator that fills the shop's SQL database with products, customers and orders."""
    assert isinstance(shop.storage, SqlStorage)
    return SqlSeed(shop.storage.database, shop.settings.currency)
