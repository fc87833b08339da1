"""`/compat/flask`: users by name, tokens at `/auth`, products, errors as `{error}`."""

from collections.abc import Sequence
from typing import Final

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import delete, get, post, put
from litestar.params import FromPath, JSONBody

from shop.application.accounts.administration import CloseAccount
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
from shop.domain.accounts.credentials import UsernameTaken
from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.user import LastAdmin, Principal, WrongCredentials
from shop.domain.catalogue.product import SkuTaken
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
from shop.entrypoints.http.compat.flask_shapes import Login, Product, ProductPage, Registration, Token, User
from shop.entrypoints.http.compat.sharing import DeletableProducts, access_token, products_page
from shop.entrypoints.http.framework.parameters import Page
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.request import ApiRequest
from shop.settings.values import DialectName

_USERS_PER_PAGE: Final = 100


class FlaskAccounts(Controller):
    path = "/"
    tags = ("Accounts",)

    @get(policy=Policy.PUBLIC, like="GET /health/live")
    async def welcome(self) -> Response[Message]:
        """Anyone: check that the API is up."""
        return answer(Message("Welcome to the shop."))

    @post("/register", policy=Policy.PUBLIC, errors=(UsernameTaken,), like="POST /api/auth/signup")
    async def register(
        self, data: JSONBody[Registration], sign_up: NamedDependency[SignUp]
    ) -> Response[Message]:
        """Anyone: register as a customer."""
        await sign_up(NewAccount(username=data.username, password=data.password))
        return answer(Message("The user was created."), 201)

    @post(
        "/auth",
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

    @get("/users", policy=Permission.CUSTOMERS_READ, like="GET /api/users")
    async def list_users(
        self, user_queries: NamedDependency[UserQueries], page: Page = 1
    ) -> Response[list[User]]:
        """Admins: up to 100 users, in order of sign-up."""
        found = await user_queries.page(page, _USERS_PER_PAGE, "")
        return answer([User(user.id, user.username, user.role) for user in found.items])

    @get("/users/{username:str}", policy=Permission.CUSTOMERS_READ, like="GET /api/users/{username}")
    async def show_user(
        self, username: FromPath[str], user_queries: NamedDependency[UserQueries]
    ) -> Response[User]:
        """Admins: one user."""
        user = await user_queries.user_by_username(username)
        if user is None:
            raise NotFound("user")
        return answer(User(user.id, user.username, user.role))

    @delete(
        "/users/{username:str}",
        policy=Permission.CUSTOMERS_WRITE,
        status_code=200,
        errors=(LastAdmin,),
        like="DELETE /api/users/{username}",
    )
    async def delete_user(
        self,
        username: FromPath[str],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        close_account: NamedDependency[CloseAccount],
    ) -> Response[Message]:
        await close_account(principal, username, expected_versions)
        return answer(Message("The user was deleted."))


class FlaskProducts(DeletableProducts):
    path = "/products"
    tags = ("Catalogue",)

    @get(policy=Policy.PUBLIC, like="GET /api/products")
    async def list_products(
        self, request: ApiRequest, browse_products: NamedDependency[BrowseProducts], page: Page = 1
    ) -> Response[list[Product]]:
        """Anyone: up to 1,000 products in order of creation."""
        return answer((await products_page(request, browse_products, page, ProductPage)).items)

    @post(policy=Permission.CATALOGUE_WRITE, errors=(SkuTaken,), like="POST /api/products")
    async def create_product(
        self,
        data: JSONBody[ProductInput],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        create_product: NamedDependency[CreateProduct],
    ) -> Response[Product]:
        made = await create_product(principal, data, idempotency)
        return translated(made, read(made, Product))

    @get("/{product_id:str}", policy=Policy.PUBLIC, errors=(NotFound,), like="GET /api/products/{product_id}")
    async def show_product(
        self, product_id: FromPath[str], show_product: NamedDependency[ShowProduct]
    ) -> Response[Product]:
        return answer(projected((await show_product(product_id)).body, Product))

    @put(
        "/{product_id:str}",
        policy=Permission.CATALOGUE_WRITE,
        errors=(NotFound, VersionConflict, SkuTaken),
        like="PUT /api/products/{product_id}",
    )
    async def replace_product(
        self,
        product_id: FromPath[str],
        data: JSONBody[ProductReplacement],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        revise_product: NamedDependency[ReviseProduct],
    ) -> Response[Product]:
        revised = await revise_product(principal, product_id, data, expected_versions)
        return answer(projection(revised, Product))


def _rooms(shop: Shop) -> Sequence[tuple[Room, Sequence[type[Controller]]]]:
    return ((shop.accounts, [FlaskAccounts]), (shop.catalogue, [FlaskProducts]))


FLASK: Final = Dialect(
    name=DialectName.FLASK,
    title="A shop's back end on Flask",
    rooms=_rooms,
    error_field="error",
    token_scheme=b"JWT",
)
