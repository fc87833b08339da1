"""Exporting everything that the shop keeps about a user."""

from datetime import datetime
from typing import Final

import msgspec

from shop.application.accounts.address_book import SavedAddressView
from shop.application.accounts.views import SessionView, UserView
from shop.application.carts.cart import GetCart
from shop.application.carts.pricing import CartView
from shop.application.messages.views import MessageView
from shop.application.orders.order_view import order_view
from shop.application.orders.views import OrderView
from shop.application.payments.providers import PaymentProviders
from shop.application.ports.accounts import AddressBookQueries, UserQueries
from shop.application.ports.messages import MessageQueries
from shop.application.ports.orders import OrderQueries
from shop.application.ports.system import Clock
from shop.domain.accounts.user import Principal
from shop.domain.carts.buyer import Customer
from shop.domain.errors import NotFound

PAGE_SIZE: Final = 100


class UserExport(msgspec.Struct, frozen=True, rename="camel"):
    """Everything kept about a user, without secrets. The newest orders and messages come first."""

    exported_at: datetime
    account: UserView
    addresses: list[SavedAddressView]
    cart: CartView
    orders: list[OrderView]
    sessions: list[SessionView]
    messages: list[MessageView]


class ExportOwnData:
    """Users: everything that the shop keeps about them, as one document without secrets."""

    def __init__(
        self,
        users: UserQueries,
        address_books: AddressBookQueries,
        get_cart: GetCart,
        orders: OrderQueries,
        payment_providers: PaymentProviders,
        messages: MessageQueries,
        clock: Clock,
        *,
        page_size: int = PAGE_SIZE,
    ) -> None:
        self._users = users
        self._address_books = address_books
        self._get_cart = get_cart
        self._orders = orders
        self._providers = payment_providers
        self._messages = messages
        self._clock = clock
        self._page_size = page_size

    async def __call__(self, principal: Principal) -> UserExport:
        user_id = principal.user_id
        account = await self._users.user(user_id)
        if account is None:
            raise NotFound("user")
        book = await self._address_books.of_user(user_id)
        return UserExport(
            exported_at=self._clock.now(),
            account=account,
            addresses=[SavedAddressView.of_saved(address) for address in book.addresses],
            cart=await self._get_cart(Customer(user_id)),
            orders=await self._orders_of(user_id),
            sessions=await self._users.sessions(user_id),
            messages=await self._messages.of_user(user_id),
        )

    async def _orders_of(self, user_id: str) -> list[OrderView]:
        views: list[OrderView] = []
        number, more = 1, True
        while more:
            page = await self._orders.page(user_id, number, self._page_size, None)
            views += [await self._order(summary.id) for summary in page.items]
            number, more = number + 1, len(page.items) == self._page_size
        return views

    async def _order(self, order_id: str) -> OrderView:
        details = await self._orders.details(order_id)
        assert details is not None, "orders are never deleted"
        return order_view(details, self._providers, for_owner=False)  # without the payment's secret
