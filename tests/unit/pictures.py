"""Pictures for tests, and their upload."""

from io import BytesIO
from itertools import count
from typing import Any

import httpx
from PIL import Image

_numbers = count()


def a_picture(
    width: int = 40, height: int = 30, *, form: str = "PNG", colour: str = "navy", **options: Any
) -> bytes:
    """Return a picture of one colour as a file; `form` is Pillow's name of the format.

    One pixel makes each file unique, except that JPEG may lose the difference.
    """
    file = BytesIO()
    picture = Image.new("RGB", (width, height), colour)
    number = next(_numbers)
    picture.putpixel((0, 0), (number % 256, number // 256 % 256, 0))
    picture.save(file, form, **options)
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
