"""Users from before the user search are found after the migration."""

import asyncio

import pytest

from shop.adapters.sql.accounts.tables import users
from shop.adapters.sql.accounts.users import row_of_user
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.migrations import downgrade, upgrade
from shop.adapters.sql.storage import SqlStorage
from shop.contract.account_samples import user
from tests.old_database import OldDatabase
from tests.storages import DATA_MIGRATION_KINDS

pytestmark = pytest.mark.anyio

BEFORE = "0006"
MANY = 2_345  # more than two batches


@pytest.fixture
def url_of_previous_version(empty_url: str) -> str:
    """A database of each kind as it was before the search."""
    upgrade(empty_url, revision=BEFORE)
    return empty_url


@pytest.mark.parametrize("times", [1, pytest.param(2, marks=pytest.mark.long)])
@pytest.mark.parametrize("empty_url", DATA_MIGRATION_KINDS, indirect=True)
async def test_users_are_found_by_their_existing_names(url_of_previous_version: str, times: int) -> None:
    named = [user(f"user{number}", display_name=f"  Zoë Strauß {number}") for number in range(MANY)]
    rows = [
        {"id": each.id, "created_at": each.created_at, **row_of_user(each)}
        for each in (*named, user("nameless"))
    ]
    await OldDatabase(url_of_previous_version).store(users, *rows)
    for again in range(times):
        if again:
            await asyncio.to_thread(downgrade, url_of_previous_version, BEFORE)
        await asyncio.to_thread(upgrade, url_of_previous_version)
        storage = SqlStorage(Database(url_of_previous_version))
        try:
            last = await storage.users.page(MANY, 1, "zoe strauss")
            assert (last.total, last.items[0].username) == (MANY, named[-1].username)
            assert (await storage.users.page(1, 1, "zoe strauss 234")).total == 6
        finally:
            await storage.close()
