"""The cart: what a buyer wants to buy, before any price is promised."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Final, Self

from shop.domain.address import Place
from shop.domain.carts.buyer import Buyer, Guest
from shop.domain.errors import NotFound, ShopError, ValidationFailed
from shop.domain.versions import FIRST_VERSION

MAX_QUANTITY: Final = 999
MAX_LINES: Final = 100


class CartEmpty(ShopError):
    """The cart is empty, so it can't be checked out."""

    code: ClassVar[str] = "CART_EMPTY"

    def __init__(self) -> None:
        super().__init__("The cart is empty.")


class CartFull(ShopError):
    """The cart already holds MAX_LINES different items."""

    code: ClassVar[str] = "CART_FULL"

    def __init__(self) -> None:
        super().__init__(f"A cart holds at most {MAX_LINES} different items.", {"maximum": MAX_LINES})


@dataclass(frozen=True, slots=True)
class CartLine:
    """A variant and its quantity. Raises ValidationFailed for a quantity outside 1–MAX_QUANTITY."""

    item_id: str
    quantity: int

    def __post_init__(self) -> None:
        if not 1 <= self.quantity <= MAX_QUANTITY:
            raise ValidationFailed({"quantity": f"must be between 1 and {MAX_QUANTITY}"})


@dataclass(frozen=True, slots=True)
class ShippingChoice:
    """The shipping method that a buyer chose, and where the goods go. Its price is not part of the choice."""

    method_id: str
    place: Place


def merged(lines: tuple[CartLine, ...]) -> tuple[CartLine, ...]:
    """Return the lines with duplicates of an item added up, in order of first appearance.

    Raises CartFull, or ValidationFailed if a sum is above MAX_QUANTITY.
    """
    quantities: dict[str, int] = {}
    for line in lines:
        quantities[line.item_id] = quantities.get(line.item_id, 0) + line.quantity
    if len(quantities) > MAX_LINES:
        raise CartFull
    return tuple(CartLine(item_id, quantity) for item_id, quantity in quantities.items())


@dataclass(frozen=True, slots=True)
class AdjustedLine:
    """A merged line that got fewer units than both carts wanted; 0 if it was dropped."""

    item_id: str
    wanted: int
    got: int


@dataclass(frozen=True, slots=True)
class Cart:
    """A buyer's cart. It has one line per item, in the order in which they were first added.

    Every method that changes the cart returns the changed cart with the next `version`.
    """

    id: str
    buyer: Buyer
    lines: tuple[CartLine, ...] = ()
    promo_code: str | None = None
    version: int = FIRST_VERSION
    shipping: ShippingChoice | None = None

    def __post_init__(self) -> None:
        assert len({line.item_id for line in self.lines}) == len(self.lines), "one line per item"
        assert not isinstance(self.buyer, Guest) or self.buyer.cart_id == self.id, "another cart's token"
        if len(self.lines) > MAX_LINES:
            raise CartFull

    def quantity_of(self, item_id: str) -> int:
        """Return the item's quantity in the cart; 0 if it has none."""
        return next((line.quantity for line in self.lines if line.item_id == item_id), 0)

    def add(self, item_id: str, quantity: int) -> Self:
        """Add units of an item. Raises CartFull, or ValidationFailed if either number is outside 1–MAX_QUANTITY."""
        added = CartLine(item_id, quantity)
        if current := self.quantity_of(item_id):
            return self._with_line(CartLine(item_id, current + quantity))
        return self._next(lines=(*self.lines, added))

    def set_quantity(self, item_id: str, quantity: int) -> Self:
        """Set the quantity of a line. Raises NotFound when the item is not in the cart, ValidationFailed."""
        line = CartLine(item_id, quantity)
        if not self.quantity_of(item_id):
            raise NotFound("item in the cart")
        return self._with_line(line)

    def remove(self, item_id: str) -> Self:
        """Remove a line. Raises NotFound when the item is not in the cart."""
        if not self.quantity_of(item_id):
            raise NotFound("item in the cart")
        return self._next(lines=tuple(line for line in self.lines if line.item_id != item_id))

    def clear(self) -> Self:
        """Remove all lines, the promo code and the shipping choice."""
        return self._next(lines=(), promo_code=None, shipping=None)

    def apply_promo_code(self, code: str) -> Self:
        """Store the code for the checkout; whether it applies is checked at every pricing."""
        return self._next(promo_code=code)

    def drop_promo_code(self) -> Self:
        """Remove the promo code, if there is one."""
        return self._next(promo_code=None)

    def choose_shipping(self, choice: ShippingChoice) -> Self:
        """Store the choice for the checkout; whether the method is available is checked at every pricing."""
        return self._next(shipping=choice)

    def drop_shipping(self) -> Self:
        """Remove the shipping choice, if there is one."""
        return self._next(shipping=None)

    def merge(self, other: "Cart", in_stock: Mapping[str, int]) -> tuple[Self, tuple[AdjustedLine, ...]]:
        """Add the lines of another cart, as far as MAX_QUANTITY, MAX_LINES and the stock allow.

        `in_stock` has the available units of the other cart's items; a missing item can't be bought. This cart's promo
        code and shipping choice win. Return the merged cart, and the lines that got fewer units than wanted.
        """
        merged, adjusted = self, []
        for line in other.lines:
            current = merged.quantity_of(line.item_id)
            wanted = current + line.quantity
            got = min(wanted, MAX_QUANTITY, in_stock.get(line.item_id, 0))
            if not current and len(merged.lines) == MAX_LINES:
                got = 0
            if got < wanted:
                adjusted.append(AdjustedLine(line.item_id, wanted, got))
            if current and got:
                merged = merged.set_quantity(line.item_id, got)
            elif current:
                merged = merged.remove(line.item_id)
            elif got:
                merged = merged.add(line.item_id, got)
        if merged.promo_code is None and other.promo_code is not None:
            merged = merged.apply_promo_code(other.promo_code)
        if merged.shipping is None and other.shipping is not None:
            merged = merged.choose_shipping(other.shipping)
        return merged, tuple(adjusted)

    def _with_line(self, changed: CartLine) -> Self:
        return self._next(
            lines=tuple(changed if line.item_id == changed.item_id else line for line in self.lines)
        )

    def _next(self, **changes: object) -> Self:
        return replace(self, version=self.version + 1, **changes)  # type: ignore[arg-type]
