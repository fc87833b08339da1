"""Order snapshots: what was bought, by whom and for how much, and the keys by which staff find them.

Created at the checkout, immutable. Search keys are the forms in which names and email addresses are compared.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Self

from shop.domain.address import Address
from shop.domain.catalogue.variant import Choice
from shop.domain.pricing.quote import PricedLine, Quote
from shop.domain.pricing.shipping import QuotedShipping
from shop.domain.pricing.tax import TaxLine
from shop.domain.text import folded

MAX_TERMS_VERSION: Final = 64
CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""The digits of order numbers: base 32, without letters that look like digits."""
MAX_SEARCH_KEY_LENGTH: Final = 254
"""Longer keys are cut, in orders and in searches alike."""
MAX_NAME_WORDS: Final = 6
"""The number of a name's first words with any of which a search for the name can begin."""

_WORD: Final = re.compile(r"[^\s,;-]+")
_MISREAD: Final = str.maketrans("OIL", "011")
_GROUPS: Final = re.compile("(.{4})(?=.)")
_NUMBER_LENGTH: Final = 12


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach the buyer about this order."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    vat_id: str | None = None
    """Valid by its form and check digits; that it is registered is not checked."""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One variant as it was bought: `unit_price`, `discount` and `tax` (for the whole line) in minor units.

    `tax_rate` is in per cent; None if no rate applied.
    """

    item_id: str
    product_id: str
    sku: str | None
    name: str
    unit_price: int
    quantity: int
    discount: int
    options: Choice = ()
    image_url: str | None = None
    tax_rate: Decimal | None = None
    tax: int = 0

    def __post_init__(self) -> None:
        assert self.quantity > 0
        assert self.tax >= 0
        assert self.tax_rate is not None or not self.tax
        assert 0 <= self.discount <= self.unit_price * self.quantity

    @property
    def line_total(self) -> int:
        """Return the price after the discount; with tax if the order's prices include it."""
        return self.unit_price * self.quantity - self.discount


@dataclass(frozen=True, slots=True)
class OrderSnapshot:
    """The order as agreed at the checkout. Immutable. `user_id` is the customer's; None for a guest."""

    id: str
    user_id: str | None
    created_at: datetime
    currency: str
    lines: tuple[OrderLine, ...]
    subtotal: int
    discount: int
    total: int
    promo_code: str | None
    contact: Contact
    shipping_address: Address
    billing_address: Address | None = None
    """None means the shipping address, if any."""
    terms_version: str | None = None
    """The version of the shop's terms that the buyer accepted, where it asks for that."""
    shipping: QuotedShipping | None = None
    taxes: tuple[TaxLine, ...] = ()
    """The sums per tax rate."""
    prices_include_tax: bool = False

    def __post_init__(self) -> None:
        assert self.lines, "an order without lines"
        assert len(self.quantities) == len(self.lines), "one line per item"
        assert self.subtotal == sum(line.unit_price * line.quantity for line in self.lines)
        assert self.discount == sum(line.discount for line in self.lines)
        assert self.subtotal - self.discount == sum(line.line_total for line in self.lines)
        assert self.tax == sum(line.tax for line in self.taxes)
        assert self.total == sum(map(self.payable, self.lines)) + self.payable_shipping
        assert self.total >= 0

    @classmethod
    def of_quote(
        cls,
        quote: Quote,
        *,
        order_id: str,
        user_id: str | None,
        at: datetime,
        currency: str,
        contact: Contact,
        shipping_address: Address,
        billing_address: Address | None = None,
        terms_version: str | None = None,
    ) -> Self:
        """Return the snapshot of a quote whose lines are all available."""
        quote.ensure_available()
        return cls(
            id=order_id,
            user_id=user_id,
            created_at=at,
            currency=currency,
            lines=tuple(map(_line_of_quote, quote.lines)),
            subtotal=quote.subtotal,
            discount=quote.discount,
            total=quote.total,
            promo_code=quote.promo_code,
            contact=contact,
            shipping_address=shipping_address,
            billing_address=billing_address,
            terms_version=terms_version,
            shipping=quote.shipping,
            taxes=quote.taxes,
            prices_include_tax=quote.prices_include_tax,
        )

    @property
    def tax(self) -> int:
        """Return the tax on all lines and the shipping, whether included in the prices or added."""
        return sum(line.tax for line in self.lines) + (self.shipping.tax if self.shipping else 0)

    def payable(self, line: OrderLine) -> int:
        """Return what the line costs with tax."""
        return line.line_total + (0 if self.prices_include_tax else line.tax)

    @property
    def payable_shipping(self) -> int:
        """Return what the shipping costs with tax."""
        if self.shipping is None:
            return 0
        return self.shipping.price + (0 if self.prices_include_tax else self.shipping.tax)

    @property
    def number(self) -> str:
        """Return the number that people see, such as `7K3Q-M9XH-TD2P`, made from the id's random bits.

        A database constraint keeps it unique.
        """
        return order_number(self.id)

    @property
    def quantities(self) -> dict[str, int]:
        """Return the units of each item, by item id."""
        return {line.item_id: line.quantity for line in self.lines}

    @property
    def product_ids(self) -> set[str]:
        """Return the ids of the products bought."""
        return {line.product_id for line in self.lines}


def order_number(order_id: str) -> str:
    """Return the id's last 60 bits in Crockford's base 32, in groups of four."""
    bits = int(order_id.replace("-", "")[-15:], 16)
    letters = "".join(CROCKFORD[bits >> shift & 31] for shift in range(55, -1, -5))
    return "-".join(letters[start : start + 4] for start in range(0, 12, 4))


def search_keys(snapshot: OrderSnapshot) -> frozenset[str]:
    """Return the keys of an order: the email address, and each name beginning with each of its words.

    "Ada King Byron" has the keys "ada king byron", "king byron ada" and "byron ada king".
    """
    contact = snapshot.contact
    keys = {search_key(contact.email or "")}
    for name in {contact.name or "", snapshot.shipping_address.name or ""}:
        words = _words(name)
        keys |= {_joined(words[at:] + words[:at]) for at in range(min(len(words), MAX_NAME_WORDS))}
    return frozenset(keys - {""})


def search_key(text: str) -> str:
    """Return the prefix that matching orders' search keys have; "" if the text matches nothing."""
    return _joined(_words(text))


def number_prefix(text: str) -> str:
    """Return the order number prefix that the text means: "CAH9-Q" for "cah9 q"; "" if it can't be one."""
    letters = re.sub(r"[\s-]", "", text).upper().translate(_MISREAD)
    if len(letters) > _NUMBER_LENGTH or not set(letters) <= set(CROCKFORD):
        return ""
    return _GROUPS.sub(r"\1-", letters)


def _words(text: str) -> list[str]:
    return _WORD.findall(folded(text))


def _joined(words: list[str]) -> str:
    return " ".join(words)[:MAX_SEARCH_KEY_LENGTH].rstrip()


def _line_of_quote(line: PricedLine) -> OrderLine:
    assert line.product_id is not None, "an available line has a product"
    return OrderLine(
        line.item_id,
        line.product_id,
        line.sku,
        line.name,
        line.unit_price,
        line.quantity,
        line.discount,
        line.options,
        line.image_url,
        line.tax_rate,
        line.tax,
    )
