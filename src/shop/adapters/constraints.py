"""Maps violated database constraints to business errors."""

from collections.abc import Callable
from typing import Final

from shop.domain.accounts.credentials import EmailTaken, UsernameTaken
from shop.domain.accounts.role import RoleNameTaken
from shop.domain.catalogue.picture import PictureKnown
from shop.domain.catalogue.product import SkuTaken
from shop.domain.catalogue.slug import SlugTaken
from shop.domain.errors import ShopError
from shop.domain.pricing.tax import TaxRateTaken
from shop.domain.promotions.promo_code import PromoCodeTaken

_ERRORS: Final[dict[str, Callable[[], ShopError]]] = {
    "uq_users_username": UsernameTaken,
    "uq_users_email": EmailTaken,
    "uq_roles_name": RoleNameTaken,
    "uq_products_sku": SkuTaken,
    "uq_variants_sku": SkuTaken,
    "uq_pictures_digest": PictureKnown,
    "uq_categories_slug": SlugTaken,
    "uq_products_slug": SlugTaken,
    "uq_promo_codes_code": PromoCodeTaken,
    "uq_selling_rules_natural": TaxRateTaken,
}


def business_error(constraint: str) -> ShopError | None:
    """Return the error that a violation of this constraint means to a caller; None if it would be a bug."""
    error = _ERRORS.get(constraint)
    return error() if error else None
