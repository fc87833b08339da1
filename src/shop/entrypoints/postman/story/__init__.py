"""The story, one module per folder: a customer's and an owner's day, covering every operation of the API."""

from typing import Final

from shop.entrypoints.postman.steps import Folder
from shop.entrypoints.postman.story import (
    accounts,
    addresses,
    after_the_sale,
    browsing,
    cart,
    changed_mind,
    clean_up,
    figures,
    health,
    orders,
    promo_codes,
    refunds,
    sandbox_payments,
    selling,
    shelves,
    shipping,
    staff,
    stripe_webhooks,
    transfers,
    variants,
)

STORY: Final[tuple[Folder, ...]] = (
    health.FOLDER,
    accounts.FOLDER,
    addresses.FOLDER,
    shelves.FOLDER,
    variants.FOLDER,
    promo_codes.FOLDER,
    browsing.FOLDER,
    cart.FOLDER,
    sandbox_payments.FOLDER,
    orders.FOLDER,
    after_the_sale.FOLDER,
    changed_mind.FOLDER,
    shipping.FOLDER,
    refunds.FOLDER,
    figures.FOLDER,
    staff.FOLDER,
    selling.SHIPPING_FOLDER,
    selling.TAX_FOLDER,
    selling.CART_FOLDER,
    clean_up.FOLDER,
    stripe_webhooks.FOLDER,
    transfers.FOLDER,
)
