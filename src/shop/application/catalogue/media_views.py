"""Views of pictures."""

from datetime import datetime

import msgspec

from shop.domain.catalogue.picture import Picture, ProductImage, picture_url, widths_of


class PictureWidthView(msgspec.Struct, frozen=True):
    """One rendered width of a picture, in pixels, and its address."""

    width: int
    url: str


class PictureView(msgspec.Struct, frozen=True, rename="camel"):
    """A picture. `width` and `height` are in pixels; `url` is the full size, `widths` are in ascending order."""

    id: str
    url: str
    alt: str
    width: int
    height: int
    widths: list[PictureWidthView]
    created_at: datetime
    version: int

    @classmethod
    def of(cls, picture: Picture) -> "PictureView":
        """Return the view of a picture."""
        return cls(
            id=picture.id,
            url=picture_url(picture.id, picture.width),
            alt=picture.alt,
            width=picture.width,
            height=picture.height,
            widths=_widths(picture.id, picture.width),
            created_at=picture.created_at,
            version=picture.version,
        )


class ProductImageView(msgspec.Struct, frozen=True, rename="camel"):
    """A picture of a product. `width` and `height` are in pixels; `url` is the full size."""

    media_id: str
    url: str
    alt: str
    width: int
    height: int
    widths: list[PictureWidthView]

    @classmethod
    def of(cls, image: ProductImage) -> "ProductImageView":
        """Return the view of a product's picture."""
        return cls(
            image.picture_id,
            image.url,
            image.alt,
            image.width,
            image.height,
            _widths(image.picture_id, image.width),
        )


def _widths(picture_id: str, width: int) -> list[PictureWidthView]:
    return [PictureWidthView(each, picture_url(picture_id, each)) for each in widths_of(width)]
