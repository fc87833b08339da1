"""Handlers and steps that several dialects share."""

from collections.abc import Iterable
from typing import TypeVar

import msgspec
from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import delete
from litestar.params import FromPath

from shop.application.accounts.logging_in import Credentials, LogIn
from shop.application.catalogue.browsing import BrowseProducts, Browsing
from shop.application.catalogue.products import DeleteProduct
from shop.application.framework.idempotency import Outcome
from shop.application.framework.inputs import ExpectedVersions, Id
from shop.application.limits import Quantity
from shop.application.orders.checkout import PlaceOrder
from shop.application.orders.checkout_terms import BuyNowInput, ItemInput
from shop.application.orders.views import CheckoutAnswer
from shop.application.ports.idempotency import IdempotencyKey
from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.user import Principal
from shop.domain.carts.buyer import Customer
from shop.domain.errors import NotFound
from shop.entrypoints.http.compat.dialect import MAX_LIST_LENGTH, Message, answer, projected
from shop.entrypoints.http.framework.request import ApiRequest, client_address
from shop.entrypoints.http.framework.responses import cache_key
from shop.entrypoints.http.orders.orders import count_checkout

_Page = TypeVar("_Page", bound=msgspec.Struct)


class OrderLine(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """A product and its quantity."""

    product_id: Id
    quantity: Quantity


class DeletableProducts(Controller):
    """Products that staff may delete."""

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


async def products_page(
    request: ApiRequest, browse_products: BrowseProducts, page: int, view: type[_Page]
) -> _Page:
    """Return up to 1,000 products in order of creation."""
    found = await browse_products(cache_key(request.scope), Browsing(page=page, limit=MAX_LIST_LENGTH))
    return projected(found.body, view)


async def access_token(request: ApiRequest, log_in: LogIn, name: str, password: str) -> str:
    """Exchange credentials for an access token."""
    login = await log_in(Credentials(username=name, password=password), client_address(request))
    return login.access_token


async def order_now(
    request: ApiRequest,
    place_order: PlaceOrder,
    principal: Principal,
    lines: Iterable[OrderLine],
    idempotency: IdempotencyKey | None,
) -> Outcome[CheckoutAnswer]:
    """Order these products at once, without the cart, and count the checkout."""
    wanted = BuyNowInput(items=[ItemInput(line.product_id, line.quantity) for line in lines])
    buyer = Customer(principal.user_id, principal.username)
    placed = await place_order(buyer, wanted, client_address(request), idempotency)
    count_checkout(request, placed)
    return placed
