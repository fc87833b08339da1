"""The pictures of a product: references to uploaded pictures, with alternative texts of the product's own."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from shop.application.catalogue.media_views import ProductImageView
from shop.application.framework.inputs import Id, takes_back, text
from shop.application.ports.unit_of_work import UnitOfWork
from shop.domain.catalogue.picture import MAX_ALT, MAX_PICTURES, ProductImage
from shop.domain.errors import ValidationFailed


@takes_back(ProductImageView)
class ImageInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """An uploaded picture; without `alt` it has the picture's own alternative text."""

    media_id: Id
    alt: Annotated[str, text(MAX_ALT)] | UnsetType = UNSET


Images = Annotated[list[ImageInput], msgspec.Meta(max_length=MAX_PICTURES)]


async def product_images(work: UnitOfWork, inputs: Sequence[ImageInput]) -> tuple[ProductImage, ...]:
    """Return the pictures as the product shows them, and keep them from being deleted until the transaction ends.

    Raises ValidationFailed, naming each unknown id by its index.
    """
    pictures = {
        picture.id: picture
        for picture in await work.pictures.lock_existing([each.media_id for each in inputs])
    }
    unknown = {
        f"images[{index}].media_id": "must be the id of a picture"
        for index, each in enumerate(inputs)
        if each.media_id not in pictures
    }
    if unknown:
        raise ValidationFailed(unknown)
    return tuple(
        ProductImage(
            picture.id, picture.alt if each.alt is UNSET else each.alt, picture.width, picture.height
        )
        for each in inputs
        for picture in (pictures[each.media_id],)
    )
