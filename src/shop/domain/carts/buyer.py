"""Buyers: customers, who have an account, and guests, who have only a cart's token."""

from dataclasses import dataclass, field
from typing import ClassVar

from shop.domain.errors import Forbidden, Unauthenticated


class GuestsOff(Forbidden):
    """The shop sells only to customers with an account."""

    code: ClassVar[str] = "GUESTS_OFF"

    def __init__(self) -> None:
        super().__init__("This shop sells only to customers with an account: sign up or log in first.")


class UnknownCartToken(Unauthenticated):
    """No cart has this token: it was never issued, or its cart was merged into an account's or deleted."""

    code: ClassVar[str] = "UNKNOWN_CART_TOKEN"

    def __init__(self) -> None:
        super().__init__("No cart has this token: create a new cart.")


@dataclass(frozen=True, slots=True)
class Customer:
    """A buyer with an account. `username` is None where the account's name does not matter."""

    user_id: str
    username: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Guest:
    """A buyer without an account, identified by the token of their cart. The shop stores only the token's digest."""

    cart_id: str
    token_digest: bytes = field(repr=False)


Buyer = Customer | Guest
