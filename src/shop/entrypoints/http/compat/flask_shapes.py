"""The request and response bodies of `/compat/flask`."""

from decimal import Decimal

import msgspec

from shop.application.accounts.inputs import LoginName, NewPassword, Password, Username


class Registration(msgspec.Struct, forbid_unknown_fields=True):
    """A registration."""

    username: Username
    password: NewPassword


class Login(msgspec.Struct, forbid_unknown_fields=True):
    """Login credentials."""

    username: LoginName
    password: Password


class Token(msgspec.Struct):
    """The token for the `Authorization` header, after `JWT` or `Bearer`."""

    access_token: str


class User(msgspec.Struct):
    """A user."""

    id: str
    username: str
    role: str


class Product(msgspec.Struct):
    """A product; one with options shows its lowest price."""

    id: str
    name: str
    description: str
    price: Decimal
    currency: str
    stock: int


class ProductPage(msgspec.Struct):
    items: list[Product]
