"""A user search considers a limited number of users. The limit is the same on every storage."""

import pytest
from sqlalchemy import insert

from shop.adapters.memory.storage import MemoryStorage
from shop.adapters.sql.accounts.tables import users
from shop.adapters.sql.accounts.users import row_of_user
from shop.adapters.sql.storage import SqlStorage
from shop.application.ports.accounts import USER_SEARCH_LIMIT
from shop.contract.account_samples import user
from shop.domain.accounts.user import User
from tests.storages import Storage

pytestmark = pytest.mark.anyio


async def store_directly(storage: MemoryStorage | SqlStorage, accounts: list[User]) -> None:
    """Store many accounts without the time that use cases would take."""
    if isinstance(storage, MemoryStorage):
        storage.store.tables["users"] = {each.id: each for each in accounts}
        return
    rows = [{"id": each.id, "created_at": each.created_at, **row_of_user(each)} for each in accounts]
    async with storage.database.writes.begin() as connection:
        await connection.execute(insert(users), rows)


async def test_a_search_considers_a_limited_number_of_names(storage: Storage) -> None:
    past_the_limit = user("many-99999")
    crowd = [user(f"many-{number:05}") for number in reversed(range(USER_SEARCH_LIMIT))]
    by_address = user("bob", email="many@example.com")
    await store_directly(storage, [past_the_limit, *crowd, by_address])
    first = await storage.users.page(1, 1, "many")
    assert first.total == USER_SEARCH_LIMIT + 1
    assert [each.username for each in first.items] == [crowd[0].username]
    last = await storage.users.page(first.total, 1, "many")
    assert [each.username for each in last.items] == ["bob"]
    longer = await storage.users.page(1, 20, "many-999")
    assert [each.username for each in longer.items] == [past_the_limit.username]
