"""The request and response bodies of `/compat/microservices`."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from shop.application.accounts.inputs import Email, LoginName, NewPassword, Password, Username
from shop.application.catalogue.fields import Description, Name, Stock
from shop.application.framework.inputs import MajorUnits, Version
from shop.domain.carts.cart import MAX_LINES
from shop.domain.orders.order import OrderStatus
from shop.entrypoints.http.compat.sharing import OrderLine


class Registration(msgspec.Struct, forbid_unknown_fields=True):
    """A registration."""

    username: Username
    email: Email
    password: NewPassword


class Login(msgspec.Struct, forbid_unknown_fields=True):
    """Login credentials."""

    username: LoginName
    password: Password


class Token(msgspec.Struct):
    """The token for the `Authorization` header, after `Bearer`."""

    token: str


class Profile(msgspec.Struct, rename="camel"):
    """A user."""

    user_id: str
    username: str
    email: str | None
    role: str


class Product(msgspec.Struct, rename="camel"):
    """A product; one with options shows its lowest price."""

    product_id: str
    name: str
    description: str
    price: Decimal
    stock: int
    version: int


class NewProduct(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A new product."""

    name: Name
    price: MajorUnits
    description: Description | None = None
    stock: Stock = 0


class ProductChange(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """The product as read, with its changes; `stock` is ignored, because an absolute number would undo sales."""

    name: Name
    price: MajorUnits
    description: Description | UnsetType | None = UNSET
    version: Version | UnsetType = UNSET
    stock: object = UNSET
    product_id: object = UNSET


class NewOrder(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """An order to place, at the catalogue's prices."""

    product_list: Annotated[list[OrderLine], msgspec.Meta(min_length=1, max_length=MAX_LINES)]


class OrderStep(msgspec.Struct, forbid_unknown_fields=True):
    """The order's next status: its buyer may cancel, staff may also set `shipped` and `delivered`."""

    status: OrderStatus


class Order(msgspec.Struct, rename="camel"):
    """An order."""

    order_id: str
    user_id: str
    product_list: list[OrderLine]
    total_amount: Decimal
    status: OrderStatus
    created_at: datetime


class StoredProduct(msgspec.Struct):
    """A product as returned by the use cases."""

    id: str
    name: str
    description: str
    price: Decimal
    stock: int
    version: int

    def shown(self) -> Product:
        return Product(self.id, self.name, self.description, self.price, self.stock, self.version)


class ProductPage(msgspec.Struct):
    """A page of products."""

    items: list[StoredProduct]


class _Line(msgspec.Struct, rename="camel"):
    item_id: str
    quantity: int


class StoredOrder(msgspec.Struct, rename="camel"):
    """An order as returned by the use cases."""

    id: str
    items: list[_Line]
    total: Decimal
    status: OrderStatus
    created_at: datetime

    def shown(self, user_id: str) -> Order:
        lines = [OrderLine(line.item_id, line.quantity) for line in self.items]
        return Order(self.id, user_id, lines, self.total, self.status, self.created_at)


class StoredAnswer(msgspec.Struct):
    """The answer of a use case that creates or changes an order."""

    order: StoredOrder
