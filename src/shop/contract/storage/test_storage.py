"""Contract tests: a storage has every member of the port."""

from typing import Any, Final, get_type_hints

import pytest

from shop.application.ports.storage import Storage
from shop.application.ports.unit_of_work import UnitOfWork

pytestmark = pytest.mark.anyio


def ports_of(protocol: type) -> dict[str, type]:
    """Return the ports that the protocol's properties have, by name."""
    properties = {name: each for name, each in vars(protocol).items() if isinstance(each, property)}
    return {name: get_type_hints(each.fget)["return"] for name, each in properties.items()}


QUERIES: Final = ports_of(Storage)
REPOSITORIES: Final = ports_of(UnitOfWork)


def missing_methods(adapter: Any, port: type) -> list[str]:
    return [name for name in dir(port) if not name.startswith("_") and not hasattr(adapter, name)]


@pytest.mark.parametrize("group", QUERIES)
async def test_every_group_of_queries_has_the_methods_of_its_port(storage: Storage, group: str) -> None:
    assert missing_methods(getattr(storage, group), QUERIES[group]) == []


@pytest.mark.parametrize("repository", REPOSITORIES)
async def test_every_repository_has_the_methods_of_its_port(storage: Storage, repository: str) -> None:
    async with storage.unit_of_work() as work:
        assert missing_methods(getattr(work, repository), REPOSITORIES[repository]) == []


async def test_the_storage_answers_a_ping(storage: Storage) -> None:
    await storage.ping()
