"""`/pictures/{file}`: the pictures of sample products and of seeded ones, which come with the shop."""

import re
from functools import lru_cache
from importlib.resources import files
from typing import Final

from litestar import Response
from litestar.controller import Controller
from litestar.handlers import get
from litestar.params import FromPath

from shop.domain.errors import NotFound
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.responses import IMMUTABLE, BytesResponse

_FILE_NAME: Final = re.compile(r"[a-z0-9-]+\.webp")
_FOLDER: Final = files("shop.entrypoints.http") / "assets" / "pictures"


class DrawingsController(Controller):
    path = "/pictures"
    include_in_schema = False

    @get("/{file_name:str}", policy=Policy.PUBLIC)
    async def show_drawing(self, file_name: FromPath[str]) -> Response[bytes]:
        """Anyone: a drawing as WebP. The content of an address never changes."""
        return BytesResponse(_read(file_name), headers=IMMUTABLE, media_type=b"image/webp")


@lru_cache(maxsize=128)
def _read(file_name: str) -> bytes:
    # A file of the package has at most 15 kB: reading it takes less time than handing it to a thread.
    if _FILE_NAME.fullmatch(file_name) is None:
        raise NotFound("picture")
    try:
        return (_FOLDER / file_name).read_bytes()
    except FileNotFoundError:
        raise NotFound("picture") from None
