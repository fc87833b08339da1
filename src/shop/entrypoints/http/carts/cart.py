"""`/api/cart`: the caller's cart; each user and each guest has one."""

from typing import Any

import msgspec
from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import delete, get, patch, post, put
from litestar.params import FromPath, JSONBody

from shop.application.carts.cart import (
    AddToCart,
    ApplyPromoCode,
    CartItemInput,
    ClearCart,
    DropPromoCode,
    GetCart,
    PromoCodeInput,
    QuantityInput,
    RemoveFromCart,
    SetQuantity,
)
from shop.application.carts.pricing import CartView
from shop.application.framework.inputs import ExpectedVersions
from shop.application.ports.idempotency import IdempotencyKey
from shop.domain.carts.cart import CartFull
from shop.domain.catalogue.variant import VariantRequired
from shop.domain.errors import NotFound
from shop.domain.pricing.quote import OutOfStock
from shop.domain.promotions.promo_code import PromoCodeNotApplicable
from shop.entrypoints.http.framework.conditional import respond_versioned, versioned_etag
from shop.entrypoints.http.framework.policies import CallingBuyer, Policy
from shop.entrypoints.http.framework.request import ApiRequest
from shop.entrypoints.http.framework.responses import BytesResponse, answer_response, shown


class CartController(Controller):
    path = "/api/cart"
    tags = ("Cart",)

    @get(policy=Policy.BUYER, versioned=True)
    async def show_cart(
        self, request: ApiRequest, buyer: CallingBuyer, get_cart: NamedDependency[GetCart]
    ) -> Response[CartView]:
        return cart_response(request, await get_cart(buyer))

    @delete(policy=Policy.BUYER, status_code=200, versioned=True)
    async def clear_cart(
        self,
        request: ApiRequest,
        buyer: CallingBuyer,
        expected_versions: NamedDependency[ExpectedVersions],
        clear_cart: NamedDependency[ClearCart],
    ) -> Response[CartView]:
        return cart_response(request, await clear_cart(buyer, expected_versions))

    @post(
        "/items",
        policy=Policy.BUYER,
        status_code=200,
        versioned=True,
        errors=(NotFound, OutOfStock, CartFull, VariantRequired),
    )
    async def add_cart_item(
        self,
        data: JSONBody[CartItemInput],
        buyer: CallingBuyer,
        idempotency: NamedDependency[IdempotencyKey | None],
        add_to_cart: NamedDependency[AddToCart],
    ) -> Response[CartView]:
        outcome = await add_to_cart(buyer, data, idempotency)
        etag = versioned_etag(shown(outcome, _CartState).version, outcome.body)
        return answer_response(outcome, 200, {"ETag": f'"{etag}"'})

    @patch("/items/{item_id:str}", policy=Policy.BUYER, versioned=True, errors=(NotFound, OutOfStock))
    async def set_cart_item_quantity(
        self,
        request: ApiRequest,
        item_id: FromPath[str],
        data: JSONBody[QuantityInput],
        buyer: CallingBuyer,
        expected_versions: NamedDependency[ExpectedVersions],
        set_quantity: NamedDependency[SetQuantity],
    ) -> Response[CartView]:
        cart = await set_quantity(buyer, item_id, data.quantity, expected_versions)
        return cart_response(request, cart)

    @delete("/items/{item_id:str}", policy=Policy.BUYER, status_code=200, versioned=True, errors=(NotFound,))
    async def remove_cart_item(
        self,
        request: ApiRequest,
        item_id: FromPath[str],
        buyer: CallingBuyer,
        expected_versions: NamedDependency[ExpectedVersions],
        remove_from_cart: NamedDependency[RemoveFromCart],
    ) -> Response[CartView]:
        return cart_response(request, await remove_from_cart(buyer, item_id, expected_versions))

    @put("/promo-code", policy=Policy.BUYER, versioned=True, errors=(NotFound, PromoCodeNotApplicable))
    async def apply_promo_code(
        self,
        request: ApiRequest,
        data: JSONBody[PromoCodeInput],
        buyer: CallingBuyer,
        expected_versions: NamedDependency[ExpectedVersions],
        apply_promo_code: NamedDependency[ApplyPromoCode],
    ) -> Response[CartView]:
        return cart_response(request, await apply_promo_code(buyer, data.promo_code, expected_versions))

    @delete("/promo-code", policy=Policy.BUYER, status_code=200, versioned=True)
    async def remove_promo_code(
        self,
        request: ApiRequest,
        buyer: CallingBuyer,
        expected_versions: NamedDependency[ExpectedVersions],
        drop_promo_code: NamedDependency[DropPromoCode],
    ) -> Response[CartView]:
        return cart_response(request, await drop_promo_code(buyer, expected_versions))


class _CartState(msgspec.Struct):
    version: int


def cart_response(request: ApiRequest, cart: CartView) -> BytesResponse[Any]:
    """Return the answer that shows a cart, or that it is unchanged."""
    return respond_versioned(request, cart, cart.version)
