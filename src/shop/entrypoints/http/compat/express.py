"""`/compat/express`: registration, a catalogue and orders with a client secret, errors as `{message}`."""

from collections.abc import Sequence
from typing import Annotated, Final

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import get, post
from litestar.params import HeaderParameter, JSONBody

from shop.application.accounts.logging_in import LogIn
from shop.application.accounts.signing_up import NewAccount, SignUp
from shop.application.catalogue.browsing import BrowseProducts
from shop.application.catalogue.products import CreateProduct
from shop.application.catalogue.terms import ProductInput
from shop.application.orders.checkout import PlaceOrder
from shop.application.payments.statements import ReceivedView, ReceiveWebhook
from shop.application.ports.accounts import UserQueries
from shop.application.ports.idempotency import IdempotencyKey
from shop.container.room import Room
from shop.container.shop import Shop
from shop.domain.accounts.credentials import EmailTaken
from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.role import Role
from shop.domain.accounts.user import Principal, WrongCredentials
from shop.domain.catalogue.product import SkuTaken
from shop.domain.errors import NotFound
from shop.domain.payments.payment import TotalNotPayable
from shop.domain.pricing.quote import OutOfStock
from shop.entrypoints.http.compat.dialect import Dialect, answer, read, translated
from shop.entrypoints.http.compat.express_shapes import (
    LoggedIn,
    Login,
    NewOrder,
    OneProduct,
    Ordered,
    Person,
    Product,
    ProductPage,
    Products,
    Profile,
    Registered,
    Registration,
    StoredAnswer,
)
from shop.entrypoints.http.compat.sharing import access_token, order_now, products_page
from shop.entrypoints.http.framework.parameters import Page
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.request import ApiRequest
from shop.settings import Payments
from shop.settings.values import DialectName


class ExpressAccounts(Controller):
    path = "/api"
    tags = ("Accounts",)

    @post("/registration", policy=Policy.PUBLIC, errors=(EmailTaken,), like="POST /api/auth/signup")
    async def register(
        self, data: JSONBody[Registration], sign_up: NamedDependency[SignUp]
    ) -> Response[Registered]:
        """Anyone: register as a customer."""
        await sign_up(NewAccount(password=data.password, display_name=data.name, email=data.email))
        person = Person(data.name, data.email, _role(Role.CUSTOMER.name))
        return answer(Registered("Registered.", person), 201)

    @post(
        "/login",
        policy=Policy.PUBLIC,
        status_code=200,
        errors=(WrongCredentials,),
        like="POST /api/auth/login",
    )
    async def log_in(
        self, request: ApiRequest, data: JSONBody[Login], log_in: NamedDependency[LogIn]
    ) -> Response[LoggedIn]:
        """Anyone: exchange credentials for a token."""
        token = await access_token(request, log_in, data.email, data.password)
        return answer(LoggedIn("Logged in.", f"Bearer {token}"))

    @get("/profile", policy=Policy.USER, like="GET /api/auth/me")
    async def show_profile(
        self, principal: NamedDependency[Principal], user_queries: NamedDependency[UserQueries]
    ) -> Response[Profile]:
        """Users: their own account."""
        user = await user_queries.user(principal.user_id)
        if user is None:
            raise NotFound("user")
        name = user.profile.display_name or user.username
        person = Person(name, user.profile.email, _role(user.role), user.id)
        return answer(Profile("This is you.", person))


class ExpressProducts(Controller):
    path = "/api/products"
    tags = ("Catalogue",)

    @get(policy=Policy.PUBLIC, like="GET /api/products")
    async def list_products(
        self, request: ApiRequest, browse_products: NamedDependency[BrowseProducts], page: Page = 1
    ) -> Response[Products]:
        """Anyone: up to 1,000 products in order of creation."""
        found = await products_page(request, browse_products, page, ProductPage)
        return answer(Products("These are the products.", found.items))

    @post(policy=Permission.CATALOGUE_WRITE, errors=(SkuTaken,), like="POST /api/products")
    async def create_product(
        self,
        data: JSONBody[ProductInput],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        create_product: NamedDependency[CreateProduct],
    ) -> Response[OneProduct]:
        made = await create_product(principal, data, idempotency)
        return translated(made, OneProduct("The product was created.", read(made, Product)))


class ExpressOrders(Controller):
    path = "/api/orders"
    tags = ("Orders",)

    @post(
        "/create",
        policy=Policy.USER,
        errors=(OutOfStock, TotalNotPayable),
        like="POST /api/orders",
        checkout=True,
    )
    async def create_order(
        self,
        request: ApiRequest,
        data: JSONBody[NewOrder],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        place_order: NamedDependency[PlaceOrder],
    ) -> Response[Ordered]:
        placed = await order_now(request, place_order, principal, data.items, idempotency)
        order = read(placed, StoredAnswer).order
        return translated(placed, Ordered("The order was placed.", order.id, order.payment.client_secret))


class ExpressWebhook(Controller):
    path = "/api/orders/webhook"
    tags = ("Payments",)

    @post(policy=Policy.PUBLIC, status_code=200, like="POST /api/webhooks/stripe")
    async def receive_stripe_webhook(
        self,
        request: ApiRequest,
        receive_webhook: NamedDependency[ReceiveWebhook],
        signature: Annotated[str, HeaderParameter(name="Stripe-Signature", max_length=4096)] = "",
    ) -> Response[ReceivedView]:
        await receive_webhook("stripe", await request.body(), signature)
        return answer(ReceivedView())


def _role(name: str) -> str:
    return "admin" if name == Role.ADMIN.name else "user"


def _rooms(shop: Shop) -> Sequence[tuple[Room, Sequence[type[Controller]]]]:
    webhook = [ExpressWebhook] if Payments.STRIPE in (shop.settings.payments or ()) else []
    return (
        (shop.accounts, [ExpressAccounts]),
        (shop.catalogue, [ExpressProducts]),
        (shop.orders, [ExpressOrders]),
        (shop.payments, webhook),
    )


EXPRESS: Final = Dialect(
    name=DialectName.EXPRESS, title="A shop's back end on Express", rooms=_rooms, error_field="message"
)
