"""Checks for items that name a product although a variant must be chosen."""

from collections.abc import Mapping, Sequence

from shop.application.ports.unit_of_work import UnitOfWork
from shop.domain.catalogue.variant import VariantRequired
from shop.domain.money import Currency
from shop.domain.pricing.quote import Offer


async def ensure_variants_chosen(
    work: UnitOfWork, item_ids: Sequence[str], offers: Mapping[str, Offer], currency: Currency
) -> None:
    """Raise VariantRequired if any item is a product's id but not a current variant's id.

    Reads nothing if every item is a variant.
    """
    unknown = [item_id for item_id in item_ids if (offer := offers.get(item_id)) is None or offer.removed]
    choices = await work.products.choices(unknown) if unknown else ()
    if choices:
        raise VariantRequired([_choice(offer, currency) for offer in choices])


def _choice(offer: Offer, currency: Currency) -> dict[str, object]:
    return {
        "item_id": offer.item_id,
        "product_id": offer.product_id,
        "sku": offer.sku,
        "name": offer.name,
        "options": dict(offer.options),
        "unit_price": currency.to_major(offer.unit_price),
        "available": offer.available,
    }
