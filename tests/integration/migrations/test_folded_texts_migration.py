"""Texts and search index of an older version are migrated to what the current version would store."""

import asyncio
import importlib.util
import unicodedata
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from shop.adapters.sql.accounts.tables import users
from shop.adapters.sql.accounts.users import row_of_user
from shop.adapters.sql.catalogue.category_tables import categories, category_listings
from shop.adapters.sql.catalogue.rows import row_of
from shop.adapters.sql.catalogue.tables import listings, product_words, products, stock, word_counts
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.migrations import downgrade, migrations_folder, upgrade
from shop.adapters.sql.storage import SqlStorage
from shop.contract.account_samples import user
from shop.contract.product_samples import a_product, names
from shop.domain import text
from shop.domain.catalogue import search
from tests.old_database import OldDatabase, old_category_counts, old_listings, old_product_words
from tests.storages import DATA_MIGRATION_KINDS

BEFORE = "0008"
MANY = 1_203  # more than two batches
LAST = "Łast"
NFD = "Cafe\N{COMBINING ACUTE ACCENT}"

spec = importlib.util.spec_from_file_location(
    "migration", *migrations_folder().glob("versions/*_folded_texts.py")
)
assert spec is not None
assert spec.loader is not None
migration = importlib.util.module_from_spec(spec)
spec.loader.exec_module(migration)


@pytest.fixture
def url_of_previous_version(empty_url: str) -> str:
    """A database of each kind as it was before the migration."""
    upgrade(empty_url, revision=BEFORE)
    return empty_url


class OldShop:
    """Stores products and users as the version before the migration did."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._old = OldDatabase(url)

    async def store(self, *rows: dict[str, Any]) -> None:
        words, counts, names_of_categories = [], Counter[str](), Counter[str]()
        for row in rows:
            found = migration.weighted_words(row, migration.fold_as_before)
            place = {"product_id": row["id"], "category": row["category"], "price": row["price"]}
            words += [{"word": word, "weight": weight, **place} for word, weight in found.items()]
            counts.update(found.keys())
            names_of_categories.update([row["category"] or ""])
        listed = [
            {
                **{name: row[name] for name in ("category", "price", "created_at")},
                "product_id": row["id"],
                "name_key": migration.name_key(row["name"], migration.fold_as_before),
                "units": 0,
            }
            for row in rows
        ]
        shelf = [{"product_id": row["id"], "initial": 1, "available": 1, "listed": True} for row in rows]
        for table, stored in (
            (products, rows),
            (stock, shelf),
            (old_listings, listed),
            (old_product_words, words),
        ):
            await self._old.store(table, *stored)
        database = Database(self._url)
        async with database.writes.begin() as connection:
            for table, key, sums in (
                (word_counts, "word", counts),
                (old_category_counts, "category", names_of_categories),
            ):
                known = set((await connection.scalars(select(table.c[key]))).all())
                for name, count in sums.items():
                    if name in known:
                        change = update(table).where(table.c[key] == name)
                        await connection.execute(change.values(listed=table.c.listed + count))
                    else:
                        await connection.execute(insert(table), {key: name, "listed": count})
        await database.dispose()

    async def store_users(self, *display_names: str) -> None:
        people = [user(f"user{number}", display_name=name) for number, name in enumerate(display_names)]
        rows = [{"id": each.id, "created_at": each.created_at, **row_of_user(each)} for each in people]
        for row in rows:
            row["display_name_key"] = migration.name_key(row["display_name"], migration.fold_as_before)
        await self._old.store(users, *rows)


def old_row(name: str, **fields: Any) -> dict[str, Any]:
    """Return a product's row that the current rules need not allow."""
    return {**row_of(a_product()), "name": name, **fields}


async def _rows(url: str, table: Any) -> list[dict[str, Any]]:
    database = Database(url)
    async with database.reads.connect() as connection:
        rows = [dict(row._mapping) for row in await connection.execute(select(table))]
    await database.dispose()
    return rows


async def assert_index_is_right(url: str) -> None:
    """Assert that the index is the one that the current code would make."""
    wanted, counts, shown = set(), Counter[str](), set()
    by_id = {row["id"]: row for row in await _rows(url, products)}
    # Samples that later migrations gave options have the words of their variants too.
    in_variants = {row["id"] for row in by_id.values() if row["options"]}
    stored = {(row["product_id"], row["word"], row["weight"]) for row in await _rows(url, product_words)}
    counts.update(word for product_id, word, _ in stored if product_id in in_variants)
    for listing in await _rows(url, listings):
        row = by_id[listing["product_id"]]
        assert listing["name_key"] == search.name_key(row["name"])
        if row["category"] is not None:
            shown.add((row["category"], row["id"]))
        if row["id"] in in_variants:
            continue
        found = search.weighted_words(row["name"], row["sku"], row["category"], row["description"])
        wanted |= {(row["id"], word, weight) for word, weight in found.items()}
        counts.update(found.keys())
    assert {entry for entry in stored if entry[0] not in in_variants} == wanted
    assert {row["word"]: row["listed"] for row in await _rows(url, word_counts) if row["listed"]} == dict(
        counts
    )
    # The samples' second categories, which later migrations made, are below the first ones.
    by_category = {row["id"]: row["name"] for row in await _rows(url, categories) if row["parent_id"] is None}
    listed = [row for row in await _rows(url, category_listings) if row["category_id"] in by_category]
    assert {(by_category[row["category_id"]], row["product_id"]) for row in listed} == shown


@pytest.mark.anyio
@pytest.mark.parametrize("times", [1, pytest.param(2, marks=pytest.mark.long)])
@pytest.mark.parametrize("empty_url", DATA_MIGRATION_KINDS, indirect=True)
async def test_existing_products_are_found_like_new_ones(url_of_previous_version: str, times: int) -> None:
    await OldShop(url_of_previous_version).store(
        old_row("Łódź Mug", category=NFD, sku="A"),
        old_row("Smørrebrød\tBoard", category="Caf\N{LATIN SMALL LETTER E WITH ACUTE}"),
        old_row("\N{ZERO WIDTH SPACE}\N{SOFT HYPHEN}", description="Straße \x1b", sku="\u1ec7"),
        old_row("twice", sku="e\N{COMBINING DOT BELOW}\N{COMBINING CIRCUMFLEX ACCENT}"),
        old_row("thrice", sku="\N{LATIN SMALL LETTER E WITH CIRCUMFLEX}\N{COMBINING DOT BELOW}"),
        old_row("pictured", sku="\N{ZERO WIDTH SPACE}", image_url="https://example.com\\a.png"),
        old_row("plain", image_url="HTTP://example.com/a.png", compare_at_price=1),
    )
    for again in range(times):
        if again:
            await asyncio.to_thread(downgrade, url_of_previous_version, BEFORE)
            words = {row["word"] for row in await _rows(url_of_previous_version, product_words)}
            assert {"łodz", "smørrebrødboard", "strasse"} <= words
            assert "lodz" not in words
        await asyncio.to_thread(upgrade, url_of_previous_version)
        await assert_index_is_right(url_of_previous_version)
        storage = SqlStorage(Database(url_of_previous_version))
        try:
            assert await names(storage.catalogue, search="lodz mug") == ["Łódź Mug"]
            assert await names(storage.catalogue, search="smorrebrod") == ["SmørrebrødBoard"]
            cafe = (await storage.categories.tree()).find(NFD)
            assert await names(storage.catalogue, categories=cafe) == [
                "Łódź Mug",
                "SmørrebrødBoard",
            ]
            assert await names(storage.catalogue, search="strasse") == [migration.NAMELESS]
        finally:
            await storage.close()
        rows = {row["name"]: row for row in await _rows(url_of_previous_version, products)}
        assert {row["sku"] for row in rows.values() if row["sku"]} >= {"A", "\u1ec7", "\u1ec7-2", "\u1ec7-3"}
        assert (rows["plain"]["image_url"], rows["plain"]["compare_at_price"]) == (
            "https://example.com/a.png",
            None,
        )
        assert (rows["pictured"]["image_url"], rows["pictured"]["sku"]) == (None, None)
        assert (rows["plain"]["version"], rows["twice"]["version"], rows["Łódź Mug"]["version"]) == (2, 2, 2)


@pytest.mark.anyio
async def test_an_interrupted_migration_resumes(
    url_of_previous_version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = [f"Łódź {number}" if number % 3 else f"Plain {number}" for number in range(MANY)]
    shop = OldShop(url_of_previous_version)
    await shop.store(*(old_row(name, category=NFD if "ź 1" in name else None) for name in [*batches, LAST]))
    await shop.store_users(*batches)
    normalize = unicodedata.normalize

    def interrupting(form: Any, value: str) -> str:
        if value == LAST:
            raise KeyboardInterrupt
        return normalize(form, value)

    with monkeypatch.context() as patch:
        patch.setattr(unicodedata, "normalize", interrupting)
        with pytest.raises(KeyboardInterrupt):
            await asyncio.to_thread(upgrade, url_of_previous_version)
    done = [
        row["name_key"]
        for row in await _rows(url_of_previous_version, listings)
        if row["name_key"].startswith("lodz")
    ]
    assert bool(done) == url_of_previous_version.startswith("mysql"), (
        "SQLite rolls back everything, MySQL only the last batch"
    )
    await asyncio.to_thread(upgrade, url_of_previous_version)
    await assert_index_is_right(url_of_previous_version)
    storage = SqlStorage(Database(url_of_previous_version))
    try:
        assert (await storage.users.page(1, 1, "lodz")).total == sum("Ł" in name for name in batches)
    finally:
        await storage.close()


@given(st.text(), st.text())
def test_the_migration_folds_as_the_shop_does(name: str, description: str) -> None:
    row = {"name": name, "sku": None, "category": description[:20], "description": description}
    assert migration.weighted_words(row, migration.fold) == search.weighted_words(
        name, None, description[:20], description
    )
    assert migration.name_key(name, migration.fold) == search.name_key(name)
    assert migration.one_line(name) == text.one_line(name)
    assert migration.paragraphs(name) == text.paragraphs(name)
    assert migration.has_visible_text(name) == text.has_visible_text(name)


def test_the_migration_spells_letters_as_the_shop_does() -> None:
    for letter in text.LATIN_LETTERS:
        assert migration.fold(letter) == text.folded(letter)
