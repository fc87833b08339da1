"""Imports for tests: sample files, and the errors that an import reports."""

from pathlib import Path

import httpx

from shop.testing import ShopHarness
from tests.unit.imports import Json, import_file

SAMPLES = Path(__file__).parents[2] / "csv_samples"


async def by_slug(client: httpx.AsyncClient, slug: str) -> Json:
    answer = await client.get(f"/api/products/by-slug/{slug}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def failures(
    shop: ShopHarness, admin: httpx.AsyncClient, content: str | bytes
) -> list[tuple[int, str | None, str]]:
    done = await import_file(shop, admin, content)
    return [(error["row"], error["column"], error["message"]) for error in done["errors"]]
