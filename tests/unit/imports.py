"""Imports of catalogue files, for tests."""

from typing import Any

import httpx

from shop.testing import ShopHarness

Json = dict[str, Any]


async def start_import(
    client: httpx.AsyncClient, content: str | bytes | None, query: str = "", **headers: str
) -> httpx.Response:
    """Upload a file for import. If `content` is None, the file has only a header."""
    content = "Handle,Name\n" if content is None else content
    file = content.encode() if isinstance(content, str) else content
    return await client.post(
        f"/api/admin/imports{query}", files={"file": ("products.csv", file)}, headers=headers
    )


async def import_file(
    shop: ShopHarness, admin: httpx.AsyncClient, content: str | bytes, query: str = ""
) -> Json:
    """Import a file completely, and return the outcome."""
    started = await start_import(admin, content, query)
    assert started.status_code == 202, started.text
    run_imports = shop.container.catalogue.run_imports()
    while await run_imports():
        pass
    shown = await admin.get(started.headers["location"])
    assert shown.status_code == 200, shown.text
    assert shown.json()["id"] == started.json()["id"]
    return dict(shown.json())


async def exported(admin: httpx.AsyncClient) -> str:
    """Return the export of all products."""
    return (await admin.get("/api/admin/exports/products.csv")).text


def outcome_of(done: Json) -> tuple[int, int, int, int]:
    """Return the numbers of products that were created, updated, unchanged and failed."""
    return done["created"], done["updated"], done["unchanged"], done["failed"]
