"""Quotes: the current price of a list of lines. The cart page and the checkout use the same calculation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import ClassVar

from shop.domain.carts.cart import CartLine
from shop.domain.catalogue.product import STANDARD_TAX_CLASS
from shop.domain.catalogue.variant import Choice
from shop.domain.errors import ShopError
from shop.domain.money import Currency, spread
from shop.domain.pricing.shipping import QuotedShipping, ShippingCharge
from shop.domain.pricing.tax import REVERSE_CHARGE, UNTAXED, Taxation, TaxLine
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
    removed: bool = False
    """Whether its product no longer has this variant."""
    tax_class: str = STANDARD_TAX_CLASS
    requires_shipping: bool = True
    weight: int = 0
    """Grams of one unit."""


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
    tax_class: str = STANDARD_TAX_CLASS
    tax_rate: Decimal | None = None
    """Per cent; None where no rate applies."""
    tax: int = 0
    requires_shipping: bool = True
    weight: int = 0
    """Grams of all its units."""

    @property
    def gross(self) -> int:
        """Return the price of its units before the discount."""
        return self.unit_price * self.quantity

    @property
    def counted(self) -> int:
        """Return what the line adds to the totals: its price after the discount; 0 if it is unavailable."""
        return self.gross - self.discount if self.available else 0


class OutOfStock(ShopError):
    """Lines that can't be bought as requested, each with the requested and the available units."""

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
    shipping: QuotedShipping | None = None
    taxes: tuple[TaxLine, ...] = ()
    prices_include_tax: bool = False

    def __post_init__(self) -> None:
        counted = [line for line in self.lines if line.available]
        assert self.subtotal == sum(line.gross for line in counted)
        assert self.discount == sum(line.discount for line in counted)
        assert all(0 <= line.discount <= (line.gross if line.available else 0) for line in self.lines)
        assert self.tax == sum(line.tax for line in self.taxes)

    @property
    def shipping_price(self) -> int:
        return self.shipping.price if self.shipping else 0

    @property
    def tax(self) -> int:
        """Return the tax on all lines and the shipping, whether included in the prices or added."""
        return sum(line.tax for line in self.lines) + (self.shipping.tax if self.shipping else 0)

    @property
    def total(self) -> int:
        added = 0 if self.prices_include_tax else self.tax
        return self.subtotal - self.discount + self.shipping_price + added

    @property
    def shipping_required(self) -> bool:
        """Return whether any of the goods has to be shipped."""
        return any(line.requires_shipping for line in self.lines if line.available)

    @property
    def shipped_weight(self) -> int:
        """Return the weight in grams of the goods to be shipped."""
        return sum(line.weight for line in self.lines if line.available and line.requires_shipping)

    def ensure_available(self) -> None:
        """Raise OutOfStock naming every line that can't be bought as it stands."""
        if missing := [line for line in self.lines if not line.available]:
            raise OutOfStock(missing)


def quote(
    lines: Sequence[CartLine],
    offers: Mapping[str, Offer],
    promo_code: PromoCode | None,
    currency: Currency,
    *,
    taxation: Taxation = UNTAXED,
    shipping: ShippingCharge | None = None,
) -> Quote:
    """Price the lines from the offers (a line without one is unavailable): discount, shipping, then tax on each.

    Each line's tax and the shipping's is rounded once, half up, to the currency's payable step; every sum adds these.
    The code must be usable; it is left out if it covers no line. Raises PromoCodeNotApplicable below its minimum.
    """
    step = currency.payable_step
    priced = priced_lines(lines, offers, taxation, step)
    discounted, applied = _discounted(priced, promo_code, currency)
    taxed = tuple(_taxed(line, taxation, step) for line in discounted)
    quoted_shipping = _shipping(shipping, taxation, step, free=applied is not None and applied.ships_free)
    return Quote(
        lines=taxed,
        promo_code=applied.code if applied else None,
        subtotal=sum(line.gross for line in taxed if line.available),
        discount=sum(line.discount for line in taxed),
        shipping=quoted_shipping,
        taxes=_tax_lines(taxed, quoted_shipping, shipping, taxation),
        prices_include_tax=taxation.prices_include_tax,
    )


def priced_lines(
    lines: Sequence[CartLine], offers: Mapping[str, Offer], taxation: Taxation = UNTAXED, step: int = 1
) -> list[PricedLine]:
    """Return the lines at the offers' prices, without discount and tax; a line without an offer is unavailable."""
    return [_priced(line, offers.get(line.item_id), taxation, step) for line in lines]


def with_shipping(
    goods: Quote, charge: ShippingCharge | None, taxation: Taxation, currency: Currency
) -> Quote:
    """Return the quote with shipping added. The goods were quoted with the same taxation, without a promo code."""
    if charge is None:
        return goods
    shipping = _shipping(charge, taxation, currency.payable_step, free=False)
    return replace(goods, shipping=shipping, taxes=_tax_lines(goods.lines, shipping, charge, taxation))


def ensure_available(lines: Sequence[CartLine], offers: Mapping[str, Offer]) -> None:
    """Raise OutOfStock naming every line that can't be bought as it stands."""
    if any(line.quantity > _units_for_sale(offers.get(line.item_id)) for line in lines):
        raise OutOfStock([line for line in priced_lines(lines, offers) if not line.available])


def _units_for_sale(offer: Offer | None) -> int:
    return offer.available if offer is not None and offer.active else 0


def _discounted(
    lines: Sequence[PricedLine], promo_code: PromoCode | None, currency: Currency
) -> tuple[Sequence[PricedLine], PromoCode | None]:
    """Spread the code's discount over the available lines that it covers. Return the code unless it covers none."""
    if promo_code is None:
        return lines, None
    covered = [line.available and promo_code.covers(line.item_id, line.product_id) for line in lines]
    weights = [line.gross if is_covered else 0 for line, is_covered in zip(lines, covered, strict=True)]
    discount = promo_code.discount_on(sum(weights), currency)
    shares = spread(discount, weights, step=currency.payable_step)
    discounted = [replace(line, discount=share) for line, share in zip(lines, shares, strict=True)]
    return discounted, promo_code if any(covered) else None


def _priced(line: CartLine, offer: Offer | None, taxation: Taxation, step: int) -> PricedLine:
    if offer is None:
        return PricedLine(line.item_id, None, None, "", 0, line.quantity, in_stock=0, available=False)
    in_stock = _units_for_sale(offer)
    return PricedLine(
        line.item_id,
        offer.product_id,
        offer.sku,
        offer.name,
        taxation.price(offer.unit_price, offer.tax_class, step),
        line.quantity,
        in_stock=in_stock,
        available=line.quantity <= in_stock,
        options=offer.options,
        image_url=offer.image_url,
        tax_class=offer.tax_class,
        requires_shipping=offer.requires_shipping,
        weight=offer.weight * line.quantity,
    )


def _taxed(line: PricedLine, taxation: Taxation, step: int) -> PricedLine:
    rate, tax = taxation.tax_on(line.counted, line.tax_class, step)
    return line if rate is None else replace(line, tax_rate=rate.rate, tax=tax)


def _shipping(
    charge: ShippingCharge | None, taxation: Taxation, step: int, *, free: bool
) -> QuotedShipping | None:
    if charge is None:
        return None
    price = 0 if free else taxation.price(charge.price, charge.tax_class, step)
    rate, tax = taxation.tax_on(price, charge.tax_class, step)
    return QuotedShipping(charge.method_id, charge.name, price, None if rate is None else rate.rate, tax)


def _tax_lines(
    lines: Sequence[PricedLine],
    shipping: QuotedShipping | None,
    charge: ShippingCharge | None,
    taxation: Taxation,
) -> tuple[TaxLine, ...]:
    """Return the sums per rate, in order of first use by the lines, then by the shipping."""
    taxed = [(line.tax_class, line.counted, line.tax) for line in lines if line.available]
    if shipping is not None and charge is not None:
        taxed.append((charge.tax_class, shipping.price, shipping.tax))
    if taxation.reverse_charge:
        net = sum(amount for _, amount, _ in taxed)
        return (TaxLine(REVERSE_CHARGE, Decimal(0), net, 0),)
    sums: dict[tuple[str, Decimal], tuple[int, int]] = {}
    for tax_class, amount, tax in taxed:
        if (rate := taxation.rate_of(tax_class)) is not None:
            net, so_far = sums.get((rate.name, rate.rate), (0, 0))
            net += amount - tax if taxation.included else amount
            sums[rate.name, rate.rate] = net, so_far + tax
    return tuple(TaxLine(name, rate, net, tax) for (name, rate), (net, tax) in sums.items())
