"""Pictures for tests, and their upload."""

from io import BytesIO
from typing import Any

import httpx
from PIL import Image


def a_picture(
    width: int = 40, height: int = 30, *, form: str = "PNG", colour: str = "navy", **options: Any
) -> bytes:
    """Return a file with a picture of one colour, in this format of Pillow."""
    file = BytesIO()
    Image.new("RGB", (width, height), colour).save(file, form, **options)
    return file.getvalue()


async def upload(
    client: httpx.AsyncClient, content: bytes | None = None, *, alt: str | None = None, **headers: str
) -> httpx.Response:
    """Upload a picture."""
    return await client.post(
        "/api/admin/media",
        files={"file": ("picture.png", a_picture() if content is None else content)},
        data={} if alt is None else {"alt": alt},
        headers=headers,
    )
