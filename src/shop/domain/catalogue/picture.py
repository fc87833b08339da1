"""Pictures: what the shop keeps of an uploaded image file."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final, Self

from shop.domain.errors import Kind, ShopError, ValidationFailed
from shop.domain.rules import length_rule
from shop.domain.text import one_line
from shop.domain.versions import FIRST_VERSION

MAX_ALT: Final = 300
MAX_PICTURES: Final = 20
"""Per product."""
MAX_PIXELS: Final = 40_000_000
MAX_SIDE: Final = 16_383
"""The longest side that WebP can store."""
WIDTHS: Final = (320, 640, 1280)
"""The widths in pixels at which each picture is kept, beside its full width. None is larger than the original."""
_URL: Final = re.compile(r"/media/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/[0-9]+\.webp", re.ASCII)


class MediaOff(ShopError):
    """The shop has no place for pictures: SHOP_MEDIA is not set."""

    code: ClassVar[str] = "MEDIA_OFF"

    def __init__(self) -> None:
        super().__init__("This shop stores no pictures: SHOP_MEDIA is not set.")


class UnsupportedPicture(ShopError):
    """The file is not a JPEG, PNG, WebP or GIF."""

    code: ClassVar[str] = "UNSUPPORTED_PICTURE"
    kind: ClassVar[Kind] = Kind.UNSUPPORTED

    def __init__(self) -> None:
        super().__init__("The file is not a JPEG, PNG, WebP or GIF picture.")


class UnusablePicture(ShopError):
    """The picture is broken or too large; `details` says how."""

    code: ClassVar[str] = "UNUSABLE_PICTURE"
    kind: ClassVar[Kind] = Kind.REJECTED

    def __init__(self, reason: str) -> None:
        super().__init__(f"The picture {reason}.", {"file": reason})


class PictureKnown(ShopError):
    """The same file was uploaded at the same time."""

    code: ClassVar[str] = "PICTURE_KNOWN"

    def __init__(self) -> None:
        super().__init__("This picture is stored already.")


class PictureInUse(ShopError):
    """A product or an order shows the picture."""

    code: ClassVar[str] = "PICTURE_IN_USE"

    def __init__(self) -> None:
        super().__init__("A product or an order shows this picture.")


@dataclass(frozen=True, slots=True)
class ProductImage:
    """A picture as a product shows it: with the product's own alternative text."""

    picture_id: str
    alt: str
    width: int
    height: int

    @property
    def url(self) -> str:
        """Return the URL of the full size, as a path."""
        return picture_url(self.picture_id, self.width)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An uploaded picture. `digest` is the SHA-256 of the uploaded file.

    `width` and `height` are in pixels, after the picture was turned upright.
    """

    id: str
    digest: bytes
    width: int
    height: int
    alt: str
    created_at: datetime
    version: int = FIRST_VERSION

    def __post_init__(self) -> None:
        object.__setattr__(self, "alt", alternative_text(self.alt))
        assert 1 <= self.width <= MAX_SIDE
        assert 1 <= self.height <= MAX_SIDE
        assert len(self.digest) == 32

    @property
    def widths(self) -> tuple[int, ...]:
        """Return the widths in pixels at which the picture is kept, in ascending order; the last is its full width."""
        return widths_of(self.width)

    def describe(self, alt: str) -> Self:
        """Return the picture with another alternative text."""
        changed = replace(self, alt=alt)
        return self if changed == self else replace(changed, version=self.version + 1)


def alternative_text(text: str) -> str:
    """Return the text as a picture keeps it. Raises ValidationFailed if it is too long."""
    alt = one_line(text)
    if reason := length_rule(alt, MAX_ALT):
        raise ValidationFailed({"alt": reason})
    return alt


def images_rule(images: tuple[ProductImage, ...]) -> str | None:
    """Return why a product can't show these; None if it can."""
    if len(images) > MAX_PICTURES:
        return f"must be at most {MAX_PICTURES}"
    if len({image.picture_id for image in images}) < len(images):
        return "must be different pictures"
    if any(len(image.alt) > MAX_ALT for image in images):
        return f"must have alternative texts of at most {MAX_ALT} characters"
    return None


def file_name(picture_id: str, width: int) -> str:
    """Return the name of the file in which a picture is kept at this width."""
    return f"{picture_id}/{width}.webp"


def picture_url(picture_id: str, width: int) -> str:
    """Return the URL of a picture at this width, as a path."""
    return f"/media/{file_name(picture_id, width)}"


def is_file_name(picture_id: str, name: str) -> bool:
    """Return whether a picture with this id could have a file with this name."""
    return picture_id_of(f"/media/{picture_id}/{name}") == picture_id


def picture_id_of(url: str | None) -> str | None:
    """Return the id of the picture with this URL; None if it is not one of the shop's own pictures."""
    found = _URL.fullmatch(url or "")
    return found[1] if found else None


def widths_of(width: int) -> tuple[int, ...]:
    """Return the widths at which a picture of this width is kept, in ascending order."""
    return (*(smaller for smaller in WIDTHS if smaller < width), width)


def ensure_size(width: int, height: int) -> None:
    """Raise UnusablePicture unless a picture of this size is accepted."""
    if width < 1 or height < 1:
        raise UnusablePicture("is empty")
    if width > MAX_SIDE or height > MAX_SIDE:
        raise UnusablePicture(f"is larger than {MAX_SIDE} pixels on a side")
    if width * height > MAX_PIXELS:
        raise UnusablePicture(f"has more than {MAX_PIXELS // 1_000_000} megapixels")
