"""The request and response bodies of `/compat/express`."""

from decimal import Decimal
from typing import Annotated

import msgspec

from shop.application.accounts.inputs import DisplayName, Email, NewPassword, Password
from shop.domain.accounts.credentials import MAX_EMAIL_LENGTH
from shop.domain.carts.cart import MAX_LINES
from shop.entrypoints.http.compat.sharing import OrderLine


class Registration(msgspec.Struct, forbid_unknown_fields=True):
    """A registration; there are no usernames."""

    name: DisplayName
    email: Email
    password: NewPassword


class Login(msgspec.Struct, forbid_unknown_fields=True):
    """Login credentials."""

    email: Annotated[str, msgspec.Meta(max_length=MAX_EMAIL_LENGTH)]
    password: Password


class Person(msgspec.Struct, omit_defaults=True):
    """A user; `role` is `admin` or `user`."""

    name: str | None
    email: str | None
    role: str
    id: str | None = None


class Product(msgspec.Struct):
    """A product; one with options shows its lowest price."""

    id: str
    name: str
    description: str
    price: Decimal
    currency: str
    stock: int


class NewOrder(msgspec.Struct, forbid_unknown_fields=True):
    """An order to place, at the catalogue's prices."""

    items: Annotated[list[OrderLine], msgspec.Meta(min_length=1, max_length=MAX_LINES)]


class Registered(msgspec.Struct):
    """The new account."""

    message: str
    data: Person


class LoggedIn(msgspec.Struct):
    """The value for the `Authorization` header."""

    message: str
    token: str


class Profile(msgspec.Struct):
    """The caller's account."""

    message: str
    details: Person


class OneProduct(msgspec.Struct):
    """A product."""

    message: str
    data: Product


class Products(msgspec.Struct):
    """Products in order of creation."""

    message: str
    data: list[Product]


class Ordered(msgspec.Struct, rename="camel"):
    """The order and its payment secret; null if nothing is to be paid or the provider is unreachable."""

    message: str
    order_id: str
    client_secret: str | None


class ProductPage(msgspec.Struct):
    items: list[Product]


class StoredPayment(msgspec.Struct, rename="camel"):
    client_secret: str | None = None


class StoredOrder(msgspec.Struct):
    id: str
    payment: StoredPayment


class StoredAnswer(msgspec.Struct):
    order: StoredOrder
