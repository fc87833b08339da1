"""The pictures that the shop comes with: each has a vector source, is small, and may be cached forever."""

import io
import runpy
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from shop.adapters.sql.seeding.data import seeded_products
from shop.testing import ShopHarness
from tests.unit.shopping import refused
from tools.pictures.__main__ import FILES, HERE, MAX_BYTES, SIZE
from tools.pictures.palette import pictures

pytestmark = pytest.mark.anyio

MIGRATION = Path(__file__).parents[3] / "migrations/versions/0052_pictures_of_samples.py"


def test_every_picture_has_a_source_and_no_file_is_left_over() -> None:
    sources = {file.stem for file in (HERE / "drawings").glob("*.svg")}
    assert {drawing for drawing, _ in pictures().values()} == sources
    assert {file.stem for file in FILES.iterdir()} == set(pictures())


def test_every_picture_is_small() -> None:
    for file in FILES.iterdir():
        content = file.read_bytes()
        assert len(content) < MAX_BYTES, file.name
        assert Image.open(io.BytesIO(content)).size == (SIZE, SIZE), file.name


def test_every_picture_of_the_sample_products_exists() -> None:
    names = runpy.run_path(str(MIGRATION))
    shown = {picture for _, picture in names["PICTURES"]} | set(names["OF_COLOURS"].values())
    assert shown <= set(pictures())


def test_every_seeded_product_has_a_picture_of_its_kind() -> None:
    seeded = list(seeded_products(7, 2, 500, datetime(2026, 11, 1, tzinfo=UTC)))
    assert len({each.product.image_url for each in seeded}) > 200
    for each in seeded:
        assert each.product.image_url is not None
        drawing = each.product.image_url.removeprefix("/pictures/").rpartition("-")[0]
        assert drawing.replace("-", " ") in each.product.name.lower()
        assert each.product.image_url.removeprefix("/pictures/").removesuffix(".webp") in pictures()


async def test_pictures_may_be_cached_forever(shop: ShopHarness) -> None:
    answer = await shop.client.get("/pictures/mug-stone.webp")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.content == (FILES / "mug-stone.webp").read_bytes()


@pytest.mark.parametrize(
    "name", ["unknown.webp", "%2e%2e", "..%2fdocs%2fpage.html", "mug-stone.webp%00", "mug-stone"]
)
async def test_only_existing_files_are_served(shop: ShopHarness, name: str) -> None:
    refused(await shop.client.get(f"/pictures/{name}"), 404, "NOT_FOUND")
