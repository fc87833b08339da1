"""Pricing: what a list of lines costs at this moment. The cart page and the checkout use the same sums."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from shop.domain.carts.cart import CartLine
from shop.domain.catalogue.variant import Choice
from shop.domain.errors import ShopError
from shop.domain.money import Currency
from shop.domain.promotions.promo_code import PromoCode


@dataclass(frozen=True, slots=True)
class Offer:
    """What the catalogue offers now: `unit_price` in minor units, `available` units that can be sold.

    `active` is false for a variant that is switched off or deleted, or whose product is. `image_url` is the
    variant's, else the product's.
    """

    item_id: str
    product_id: str
    sku: str | None
    name: str
    unit_price: int
    active: bool
    available: int
    options: Choice = ()
    image_url: str | None = None


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line with the catalogue's current price; `available` says whether it could be bought as it stands.

    `product_id` is None for an item that the catalogue never had.
    """

    item_id: str
    product_id: str | None
    sku: str | None
    name: str
    unit_price: int
    quantity: int
    in_stock: int
    available: bool
    discount: int = 0
    options: Choice = ()
    image_url: str | None = None

    @property
    def gross(self) -> int:
        return self.unit_price * self.quantity


class OutOfStock(ShopError):
    """Lines that can't be had as they stand: each with what was asked for and what is left."""

    code: ClassVar[str] = "OUT_OF_STOCK"

    def __init__(self, lines: Sequence[PricedLine]) -> None:
        left = [
            {
                "item_id": line.item_id,
                "name": line.name,
                "requested": line.quantity,
                "available": line.in_stock,
            }
            for line in lines
        ]
        names = ", ".join(f"{line.name or line.item_id} ({line.in_stock} left)" for line in lines)
        super().__init__(f"Not available in this quantity: {names}.", {"items": left})


class PriceChanged(ShopError):
    """The total is not the one that the customer was shown; amounts in `details` are major units."""

    code: ClassVar[str] = "PRICE_CHANGED"


@dataclass(frozen=True, slots=True)
class Quote:
    """Priced lines and their sums in minor units. Only available lines count."""

    lines: tuple[PricedLine, ...]
    promo_code: str | None
    subtotal: int
    discount: int

    def __post_init__(self) -> None:
        counted = [line for line in self.lines if line.available]
        assert self.subtotal == sum(line.gross for line in counted)
        assert self.discount == sum(line.discount for line in counted)
        assert all(0 <= line.discount <= (line.gross if line.available else 0) for line in self.lines)

    @property
    def total(self) -> int:
        return self.subtotal - self.discount

    def ensure_available(self) -> None:
        """Raises OutOfStock naming every line that can't be bought as it stands."""
        if missing := [line for line in self.lines if not line.available]:
            raise OutOfStock(missing)


def quote(
    lines: Sequence[CartLine], offers: Mapping[str, Offer], promo_code: PromoCode | None, currency: Currency
) -> Quote:
    """Price the lines from the offers (a line without one is unavailable) and take the code's discount off.

    The code must be usable; raises PromoCodeNotApplicable when the subtotal is below its minimum.
    """
    priced = priced_lines(lines, offers)
    subtotal = sum(line.gross for line in priced if line.available)
    discount = promo_code.discount_on(subtotal, currency) if promo_code else 0
    weights = [line.gross if line.available else 0 for line in priced]
    shares = spread(discount, weights, step=currency.payable_step)
    return Quote(
        lines=tuple(replace(line, discount=share) for line, share in zip(priced, shares, strict=True)),
        promo_code=promo_code.code if promo_code else None,
        subtotal=subtotal,
        discount=discount,
    )


def priced_lines(lines: Sequence[CartLine], offers: Mapping[str, Offer]) -> list[PricedLine]:
    """The lines at the offers' prices, without any discount; a line without an offer is unavailable."""
    return [_priced(line, offers.get(line.item_id)) for line in lines]


def spread(amount: int, weights: Sequence[int], *, step: int = 1) -> list[int]:
    """Split `amount` in proportion to the weights, exactly: largest remainder, ties to the earlier.

    The shares are multiples of `step` if the amount and all weights are; if not, of 1. With
    0 <= amount <= sum(weights) no share is larger than its weight.
    """
    if step > 1 and not any(value % step for value in (amount, *weights)):
        shares = spread(amount // step, [weight // step for weight in weights])
        return [share * step for share in shares]
    whole = sum(weights)
    if amount == 0 or whole == 0:
        assert amount == 0, "nothing to spread over"
        return [0] * len(weights)
    shares = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda index: -(amount * weights[index] % whole))
    for index in by_remainder[: amount - sum(shares)]:
        shares[index] += 1
    return shares


def _priced(line: CartLine, offer: Offer | None) -> PricedLine:
    if offer is None:
        return PricedLine(line.item_id, None, None, "", 0, line.quantity, in_stock=0, available=False)
    in_stock = offer.available if offer.active else 0
    return PricedLine(
        line.item_id,
        offer.product_id,
        offer.sku,
        offer.name,
        offer.unit_price,
        line.quantity,
        in_stock=in_stock,
        available=line.quantity <= in_stock,
        options=offer.options,
        image_url=offer.image_url,
    )
