"""`/compat/microservices`: a user, a product and an order service behind one gateway, errors as `{message}`."""

from collections.abc import Sequence
from typing import Final

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import delete, get, post, put
from litestar.params import FromPath, JSONBody

from shop.application.accounts.logging_in import Credentials, LogIn
from shop.application.accounts.signing_up import NewAccount, SignUp
from shop.application.catalogue.browsing import BrowseProducts, Browsing, ShowProduct
from shop.application.catalogue.products import CreateProduct, DeleteProduct, ReviseProduct
from shop.application.catalogue.terms import ProductInput, ProductReplacement
from shop.application.framework.idempotency import IdempotencyKey
from shop.application.framework.preconditions import ExpectedVersions
from shop.application.orders.administration import MoveOrder, OrderStepInput
from shop.application.orders.checkout import PlaceOrder
from shop.application.orders.checkout_terms import BuyNowInput, ItemInput
from shop.application.orders.reading import GetOrder
from shop.application.orders.views import OrderView
from shop.application.payments.cancelling import CancelOrder
from shop.application.ports.accounts import UserQueries
from shop.application.ports.orders import OrderQueries
from shop.container import Shop
from shop.container.room import Room
from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.user import EmailTaken, Principal, UsernameTaken, WrongCredentials
from shop.domain.carts.buyer import Customer
from shop.domain.errors import Forbidden, NotFound, VersionConflict
from shop.domain.orders.access import OrderAccess
from shop.domain.orders.order import ForbiddenTransition, OrderStatus
from shop.domain.payments.payment import TotalNotPayable
from shop.domain.pricing.quote import OutOfStock
from shop.entrypoints.http.compat.dialect import (
    LONGEST_LIST,
    Dialect,
    Message,
    answer,
    projected,
    projection,
    read,
    translated,
)
from shop.entrypoints.http.compat.microservices_shapes import (
    Login,
    NewOrder,
    NewProduct,
    Order,
    OrderStep,
    Product,
    ProductChange,
    ProductPage,
    Profile,
    Registration,
    StoredAnswer,
    StoredOrder,
    StoredProduct,
    Token,
)
from shop.entrypoints.http.framework.context import client_address
from shop.entrypoints.http.framework.parameters import Page
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.ready_answers import cache_key
from shop.entrypoints.http.framework.request import ApiRequest
from shop.entrypoints.http.orders.checkouts import count_checkout
from shop.settings.values import DialectName

_ORDERS_A_PAGE: Final = 50


class MicroservicesAccounts(Controller):
    path = "/"
    tags = ("Accounts",)

    @post("/register", policy=Policy.PUBLIC, errors=(UsernameTaken, EmailTaken), like="POST /api/auth/signup")
    async def register(
        self, data: JSONBody[Registration], sign_up: NamedDependency[SignUp]
    ) -> Response[Message]:
        """Anyone: register as a customer."""
        await sign_up(NewAccount(username=data.username, password=data.password, email=data.email))
        return answer(Message("The user was created."), 201)

    @post(
        "/login",
        policy=Policy.PUBLIC,
        status_code=200,
        errors=(WrongCredentials,),
        like="POST /api/auth/login",
    )
    async def log_in(
        self, request: ApiRequest, data: JSONBody[Login], log_in: NamedDependency[LogIn]
    ) -> Response[Token]:
        """Anyone: exchange credentials for a token."""
        credentials = Credentials(username=data.username, password=data.password)
        return answer(Token((await log_in(credentials, client_address(request))).access_token))

    @get("/profile", policy=Policy.USER, like="GET /api/auth/me")
    async def show_profile(
        self, principal: NamedDependency[Principal], user_queries: NamedDependency[UserQueries]
    ) -> Response[Profile]:
        """Users: their own account."""
        user = await user_queries.user(principal.user_id)
        if user is None:
            raise NotFound("user")
        return answer(Profile(user.id, user.username, user.profile.email, user.role))


class MicroservicesProducts(Controller):
    path = "/products"
    tags = ("Catalogue",)

    @get(policy=Policy.PUBLIC, like="GET /api/products")
    async def list_products(
        self, request: ApiRequest, browse_products: NamedDependency[BrowseProducts], page: Page = 1
    ) -> Response[list[Product]]:
        """Anyone: up to 1,000 products in order of creation."""
        found = await browse_products(cache_key(request.scope), Browsing(page=page, limit=LONGEST_LIST))
        return answer([product.shown() for product in projected(found.body, ProductPage).items])

    @post("/create_product", policy=Permission.CATALOGUE_WRITE, like="POST /api/products")
    async def create_product(
        self,
        data: JSONBody[NewProduct],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        create_product: NamedDependency[CreateProduct],
    ) -> Response[Product]:
        terms = ProductInput(name=data.name, price=data.price, description=data.description, stock=data.stock)
        made = await create_product(principal, terms, idempotency)
        return translated(made, read(made, StoredProduct).shown())

    @get("/{product_id:str}", policy=Policy.PUBLIC, errors=(NotFound,), like="GET /api/products/{product_id}")
    async def show_product(
        self, product_id: FromPath[str], show_product: NamedDependency[ShowProduct]
    ) -> Response[Product]:
        return answer(projected((await show_product(product_id)).body, StoredProduct).shown())

    @put(
        "/{product_id:str}",
        policy=Permission.CATALOGUE_WRITE,
        errors=(NotFound, VersionConflict),
        like="PUT /api/products/{product_id}",
    )
    async def replace_product(
        self,
        product_id: FromPath[str],
        data: JSONBody[ProductChange],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        revise_product: NamedDependency[ReviseProduct],
    ) -> Response[Product]:
        terms = ProductReplacement(
            name=data.name, price=data.price, description=data.description, version=data.version
        )
        revised = await revise_product(principal, product_id, terms, expected_versions)
        return answer(projection(revised, StoredProduct).shown())

    @delete(
        "/{product_id:str}",
        policy=Permission.CATALOGUE_WRITE,
        status_code=200,
        errors=(NotFound,),
        like="DELETE /api/products/{product_id}",
    )
    async def delete_product(
        self,
        product_id: FromPath[str],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        delete_product: NamedDependency[DeleteProduct],
    ) -> Response[Message]:
        await delete_product(principal, product_id, expected_versions)
        return answer(Message("The product was deleted."))


class MicroservicesOrders(Controller):
    path = "/orders"
    tags = ("Orders",)

    @post(
        "/create_order",
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
    ) -> Response[Order]:
        wanted = BuyNowInput(items=[ItemInput(line.product_id, line.quantity) for line in data.product_list])
        placed = await place_order(Customer(principal.user_id), wanted, client_address(request), idempotency)
        count_checkout(request, placed)
        return translated(placed, read(placed, StoredAnswer).order.shown(principal.user_id))

    @get(policy=Policy.USER, like="GET /api/orders")
    async def list_orders(
        self,
        principal: NamedDependency[Principal],
        order_queries: NamedDependency[OrderQueries],
        get_order: NamedDependency[GetOrder],
        page: Page = 1,
    ) -> Response[list[Order]]:
        """Users: up to 50 of their own orders, newest first."""
        found = await order_queries.page(principal.user_id, page, _ORDERS_A_PAGE, None)
        views = [await get_order(OrderAccess(principal), order.id) for order in found.items]
        return answer([_shown(view, principal.user_id) for view in views])

    @get("/{order_id:str}", policy=Policy.USER, errors=(NotFound,), like="GET /api/orders/{order_id}")
    async def show_order(
        self,
        order_id: FromPath[str],
        principal: NamedDependency[Principal],
        get_order: NamedDependency[GetOrder],
        order_queries: NamedDependency[OrderQueries],
    ) -> Response[Order]:
        view = await get_order(OrderAccess(principal), order_id)
        return answer(_shown(view, await _buyer(order_queries, order_id)))

    @put(
        "/{order_id:str}",
        policy=Policy.USER,
        errors=(NotFound, Forbidden, ForbiddenTransition),
        like="PUT /api/admin/orders/{order_id}",
    )
    async def move_order(
        self,
        order_id: FromPath[str],
        data: JSONBody[OrderStep],
        principal: NamedDependency[Principal],
        get_order: NamedDependency[GetOrder],
        cancel_order: NamedDependency[CancelOrder],
        move_order: NamedDependency[MoveOrder],
        order_queries: NamedDependency[OrderQueries],
    ) -> Response[Order]:
        """Buyers: cancel an order. Staff: also mark it as shipped or delivered."""
        if principal.may(Permission.ORDERS_WRITE):
            await move_order(principal, order_id, OrderStepInput(data.status))
        else:
            await get_order(OrderAccess(principal), order_id)  # other users' orders give 404
            if data.status is not OrderStatus.CANCELLED:
                raise Forbidden("You may cancel your order; the shop says what else becomes of it.")
            await cancel_order(OrderAccess(principal), order_id)
        view = await get_order(OrderAccess(principal), order_id)
        return answer(_shown(view, await _buyer(order_queries, order_id)))

    @delete(
        "/{order_id:str}",
        policy=Policy.USER,
        status_code=200,
        errors=(NotFound, ForbiddenTransition),
        like="DELETE /api/orders/{order_id}",
    )
    async def delete_order(
        self,
        order_id: FromPath[str],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        cancel_order: NamedDependency[CancelOrder],
    ) -> Response[Message]:
        await cancel_order(OrderAccess(principal), order_id, expected=expected_versions)
        return answer(Message("The order was cancelled."))


def _shown(view: OrderView, user_id: str) -> Order:
    return projection(view, StoredOrder).shown(user_id)


async def _buyer(queries: OrderQueries, order_id: str) -> str:
    details = await queries.details(order_id)
    if details is None:
        raise NotFound("order")
    return details.order.user_id or ""  # a guest's


def _rooms(shop: Shop) -> Sequence[tuple[Room, Sequence[type[Controller]]]]:
    return (
        (shop.accounts, [MicroservicesAccounts]),
        (shop.catalogue, [MicroservicesProducts]),
        (shop.orders, [MicroservicesOrders]),
    )


MICROSERVICES: Final = Dialect(
    name=DialectName.MICROSERVICES,
    title="A shop's back end of three services",
    rooms=_rooms,
    error_field="message",
)
