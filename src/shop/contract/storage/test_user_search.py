"""Contract tests: admins' search for users."""

from typing import Any, Final

import pytest

from shop.contract.account_samples import NOW, saved, stored, user
from shop.domain.accounts.user import User

pytestmark = pytest.mark.anyio


async def found(storage: Any, search: str, page: int = 1, limit: int = 20) -> list[str]:
    """Return the usernames on the page."""
    shown = await storage.users.page(page, limit, search)
    assert (shown.page, shown.limit) == (page, limit)
    return [item.username for item in shown.items]


@pytest.fixture
async def everybody(storage: Any) -> list[User]:
    users = [
        user("Bob", display_name="Ada's Brother", email="robert@example.com"),
        user("ada.l", display_name="Countess of Lovelace", email="Zed@example.com"),
        user("cyd", display_name="Zoë  Strauß", email="Adam@example.com"),
        user("Zed", active=False),
        user("Nobody", display_name="nobody@example.com", email="nobody@example.com"),
        user("d_4", display_name="100% Dan"),
        user("eve", display_name="Łucja IŞIK"),
    ]
    await stored(storage, *users)
    return users


FOUND: Final = {
    "ad": ["Bob", "ada.l", "cyd"],
    "ADA.": ["ada.l"],
    "ada'S": ["Bob"],
    "adaM@": ["cyd"],
    "zoe": ["cyd"],
    "ZOË": ["cyd"],
    "zoë  STRAUSS": ["cyd"],
    "z": ["ada.l", "cyd", "Zed"],
    "nobody": ["Nobody"],
    "cyd": ["cyd"],
    "  cyd \t": ["cyd"],
    "lucja isik": ["eve"],
    "ŁUCJA ışık": ["eve"],
}


async def test_a_prefix_of_a_name_or_address_finds_the_user(storage: Any, everybody: list[User]) -> None:
    assert {search: await found(storage, search) for search in FOUND} == FOUND
    totals = {search: (await storage.users.page(1, 20, search)).total for search in FOUND}
    assert totals == {search: len(usernames) for search, usernames in FOUND.items()}


async def test_an_unmatched_prefix_finds_no_user(storage: Any, everybody: list[User]) -> None:
    for search in ("yd", "lovelace", "zoe strauß", "strauss", "ada.l@", "cyd\x00", "cy_", "a" * 300, "🎉"):
        assert (await storage.users.page(1, 20, search)).total == 0, search
        assert await found(storage, search) == [], search


@pytest.mark.parametrize(
    ("search", "usernames"),
    [("%", []), ("_", []), ("d_", ["d_4"]), ("d%", []), ("100%", ["d_4"]), ("100_", []), ("\\", [])],
)
async def test_no_character_is_a_wildcard(
    storage: Any, everybody: list[User], search: str, usernames: list[str]
) -> None:
    await stored(storage, user("dx4", display_name="1000 Dans"))
    assert await found(storage, search) == usernames


@pytest.mark.parametrize("search", ["", " ", "\t\n", "\u0301"])
async def test_a_blank_search_finds_all_users(storage: Any, everybody: list[User], search: str) -> None:
    assert await found(storage, search) == [user.username for user in everybody]


async def test_pages_show_every_match_once_by_sign_up_time(storage: Any) -> None:
    users = [
        user(f"Ada{number}", display_name=f"Ada {9 - number}", email=f"ada{number}@example.com")
        for number in range(5)
    ]
    await stored(storage, *users, user("bob"))
    pages = [await storage.users.page(page, 2, "ada") for page in (1, 2, 3, 4, 1_000_000)]
    names = [[item.username for item in page.items] for page in pages]
    assert names == [["Ada0", "Ada1"], ["Ada2", "Ada3"], ["Ada4"], [], []]
    assert {page.total for page in pages} == {5}


async def test_a_former_name_finds_no_user(storage: Any) -> None:
    ada = user("ada", display_name="Countess", email="lovelace@example.com")
    await stored(storage, ada)
    await saved(storage, ada.change_profile("Ada King", None))
    assert await found(storage, "ada k") == ["ada"]
    assert await found(storage, "count") == await found(storage, "love") == []
    await saved(storage, ada.close(NOW, 1))
    for search in ("a", "deleted-", "love"):
        assert await found(storage, search) == []
