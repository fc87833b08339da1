"""`/compat/microservices`: a user, a product and an order service behind one gateway, errors as `{message}`."""

from collections.abc import Sequence
from typing import Final

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import get, post, put
from litestar.params import FromPath, JSONBody

from shop.application.accounts.logging_in import LogIn
from shop.application.accounts.signing_up import NewAccount, SignUp
from shop.application.catalogue.browsing import BrowseProducts
from shop.application.catalogue.products import CreateProduct, ReviseProduct
from shop.application.catalogue.showing import ShowProduct
from shop.application.catalogue.terms import ProductInput, ProductReplacement
from shop.application.framework.inputs import ExpectedVersions
from shop.application.ports.accounts import UserQueries
from shop.application.ports.idempotency import IdempotencyKey
from shop.container.room import Room
from shop.container.shop import Shop
from shop.domain.accounts.credentials import EmailTaken, UsernameTaken
from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.user import Principal, WrongCredentials
from shop.domain.errors import NotFound, VersionConflict
from shop.entrypoints.http.compat.dialect import (
    Dialect,
    Message,
    answer,
    projected,
    projection,
    read,
    translated,
)
from shop.entrypoints.http.compat.microservices_orders import MicroservicesOrders
from shop.entrypoints.http.compat.microservices_shapes import (
    Login,
    NewProduct,
    Product,
    ProductChange,
    ProductPage,
    Profile,
    Registration,
    StoredProduct,
    Token,
)
from shop.entrypoints.http.compat.sharing import DeletableProducts, access_token, products_page
from shop.entrypoints.http.framework.parameters import Page
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.request import ApiRequest
from shop.settings.values import DialectName


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
        return answer(Token(await access_token(request, log_in, data.username, data.password)))

    @get("/profile", policy=Policy.USER, like="GET /api/auth/me")
    async def show_profile(
        self, principal: NamedDependency[Principal], user_queries: NamedDependency[UserQueries]
    ) -> Response[Profile]:
        """Users: their own account."""
        user = await user_queries.user(principal.user_id)
        if user is None:
            raise NotFound("user")
        return answer(Profile(user.id, user.username, user.profile.email, user.role))


class MicroservicesProducts(DeletableProducts):
    path = "/products"
    tags = ("Catalogue",)

    @get(policy=Policy.PUBLIC, like="GET /api/products")
    async def list_products(
        self, request: ApiRequest, browse_products: NamedDependency[BrowseProducts], page: Page = 1
    ) -> Response[list[Product]]:
        """Anyone: up to 1,000 products in order of creation."""
        found = await products_page(request, browse_products, page, ProductPage)
        return answer([product.shown() for product in found.items])

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
