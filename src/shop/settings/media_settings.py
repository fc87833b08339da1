"""The setting of pictures: where their files are kept."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shop.settings.setting import setting

_S3: Final = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([^\s?#]*))?")


@dataclass(frozen=True, slots=True)
class MediaFolder:
    """A folder for pictures. A relative path starts at the embedded database's folder."""

    path: Path


@dataclass(frozen=True, slots=True)
class MediaBucket:
    """An S3 bucket for pictures, and the prefix of their names in it."""

    bucket: str
    prefix: str


def media_place(text: str) -> MediaFolder | MediaBucket | None:
    """Parse the place of pictures; empty: None."""
    if not text:
        return None
    if "://" not in text:
        return MediaFolder(Path(text))
    if (found := _S3.fullmatch(text)) is None:
        raise ValueError(f"must be a folder or s3://BUCKET/PREFIX, not {text!r}")
    return MediaBucket(found[1], (found[2] or "").strip("/"))


@dataclass(frozen=True, kw_only=True)  # Python allows no second base with slots
class MediaSettings:
    """Where pictures are kept."""

    media: MediaFolder | MediaBucket | None = setting(
        "SHOP_MEDIA",
        "Where pictures are stored: a folder that all instances share (a relative path starts beside the embedded "
        "database), or s3://BUCKET/PREFIX with the usual variables AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, "
        "AWS_REGION and AWS_ENDPOINT_URL. Without it, no pictures can be uploaded.",
        media_place,
        "",
        embedded_default="media",
    )
