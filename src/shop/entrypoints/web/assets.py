"""The pages' static files, read and compressed once at startup."""

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

_MEDIA_TYPES: Final = {
    "css": b"text/css; charset=utf-8",
    "html": b"text/html; charset=utf-8",
    "jpeg": b"image/jpeg",
    "jpg": b"image/jpeg",
    "js": b"text/javascript; charset=utf-8",
    "png": b"image/png",
    "svg": b"image/svg+xml",
    "txt": b"text/plain; charset=utf-8",
    "webp": b"image/webp",
}

_BUNDLES: Final = {
    "storefront.css": (
        "vendor/uplot-1.6.32.css",
        "common/tokens.css",
        "common/base.css",
        "common/cards.css",
        "storefront/layout.css",
        "storefront/catalogue.css",
        "storefront/product.css",
        "storefront/buying.css",
    ),
}
"""Files joined into one: a page is painted only when all of its styles are there."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file; `compressed` is its gzip encoding."""

    body: bytes
    compressed: bytes
    media_type: bytes


@dataclass(frozen=True, slots=True)
class Assets:
    """Files by path. `digest` identifies the set: URLs that contain it may be cached for ever."""

    files: dict[str, Asset]
    digest: str

    @property
    def base(self) -> str:
        """Return the URL path below which the files are served."""
        return f"/assets/{self.digest}"


def load_assets(own: Mapping[str, bytes] | None = None) -> Assets:
    """Load the package's files and the shop's `own`, by path.

    Only the pages contain the digest: scripts import each other by relative path.
    """
    found = dict(sorted(_walk(files("shop.entrypoints.web") / "assets", ""))) | dict(own or {})
    found |= {name: b"\n".join(found[part] for part in parts) for name, parts in _BUNDLES.items()}
    digest = blake2b(digest_size=8)
    for path, body in found.items():
        digest.update(path.encode() + b"\0" + body + b"\0")
    assets = {path: asset_of(path, body) for path, body in found.items()}
    return Assets(assets, digest.hexdigest())


def asset_of(path: str, body: bytes) -> Asset:
    return Asset(body, gzip.compress(body, mtime=0), _MEDIA_TYPES[path.rpartition(".")[2]])


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        else:
            yield f"{prefix}{entry.name}", entry.read_bytes()
