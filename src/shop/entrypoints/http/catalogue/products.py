"""`/api/products`: shown to anyone, managed by admins."""

from urllib.parse import quote

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import delete, get, patch, post, put
from litestar.params import FromPath, JSONBody
from msgspec import UNSET

from shop.application.catalogue.products import BelongsToVariants, CreateProduct, DeleteProduct, ReviseProduct
from shop.application.catalogue.showing import ShowProduct, ShowProductBySlug, SlugMoved
from shop.application.catalogue.terms import ProductInput, ProductPatch, ProductReplacement
from shop.application.catalogue.variant_terms import VariantInput
from shop.application.catalogue.views import (
    ProductState,
    ProductView,
)
from shop.application.framework.inputs import ExpectedVersions, MajorUnits
from shop.application.framework.views import DoneView, encode
from shop.application.ports.idempotency import IdempotencyKey
from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.user import Principal
from shop.domain.catalogue.category import CategoryAmbiguous
from shop.domain.catalogue.product import SkuTaken
from shop.domain.catalogue.slug import SlugTaken
from shop.domain.errors import NotFound, VersionConflict
from shop.entrypoints.http.framework.conditional import created, respond
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.request import ApiRequest
from shop.entrypoints.http.framework.responses import BytesResponse, CachedResponses, cache_key, shown
from shop.entrypoints.http.framework.wire_names import InvalidRequest, wire_name


class ProductsController(Controller):
    path = "/api/products"
    tags = ("Catalogue",)

    @get(
        "/by-slug/{slug:str}",
        policy=Policy.OPTIONAL,
        versioned=True,
        errors=(NotFound,),
        middleware=[CachedResponses()],
    )
    async def show_product_by_slug(
        self,
        request: ApiRequest,
        slug: FromPath[str],
        optional_principal: NamedDependency[Principal | None],
        show_product_by_slug: NamedDependency[ShowProductBySlug],
    ) -> Response[ProductView]:
        """Anyone: the product with this slug. A former slug of the product leads to the current one (301)."""
        to_admin = optional_principal is not None and optional_principal.may(Permission.CATALOGUE_READ)
        try:
            answer = await show_product_by_slug(cache_key(request.scope), slug, to_admin=to_admin)
        except SlugMoved as moved:
            headers = {"Location": f"{self.path}/by-slug/{quote(moved.slug)}"}
            return BytesResponse(b"", status=301, headers=headers)
        return respond(request, answer.body, etag=answer.state)

    @get(
        "/{product_id:str}",
        policy=Policy.OPTIONAL,
        versioned=True,
        errors=(NotFound,),
        middleware=[CachedResponses()],
    )
    async def show_product(
        self,
        request: ApiRequest,
        product_id: FromPath[str],
        optional_principal: NamedDependency[Principal | None],
        show_product: NamedDependency[ShowProduct],
    ) -> Response[ProductView]:
        to_admin = optional_principal is not None and optional_principal.may(Permission.CATALOGUE_READ)
        answer = await show_product(product_id, to_admin=to_admin)
        return respond(request, answer.body, etag=answer.state)

    @post(
        policy=Permission.CATALOGUE_WRITE,
        versioned=True,
        location=True,
        errors=(SkuTaken, SlugTaken, CategoryAmbiguous),
        request_example=ProductInput(
            name="Linen shirt",
            price=MajorUnits("39.5"),
            currency="USD",
            description="Washed linen, mother-of-pearl buttons.",
            category="clothing",
            vendor="Weaver & Sons",
            attributes={"Material": "Linen", "Machine wash": True},
            image_url="https://images.example.com/shirt.jpg",
            options=["Size", "Colour"],
            variants=[
                VariantInput(options={"Size": "M", "Colour": "White"}, stock=12, weight=180),
                VariantInput(options={"Size": "L", "Colour": "White"}, stock=9, weight=190),
            ],
        ),
    )
    async def create_product(
        self,
        data: JSONBody[ProductInput],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        create_product: NamedDependency[CreateProduct],
    ) -> Response[ProductView]:
        outcome = await create_product(principal, data, idempotency)
        product = shown(outcome, ProductState)
        return created(outcome, f"{self.path}/{product.id}", product.state)

    @put(
        "/{product_id:str}",
        policy=Permission.CATALOGUE_WRITE,
        versioned=True,
        errors=(NotFound, VersionConflict, SkuTaken, SlugTaken, CategoryAmbiguous),
    )
    async def replace_product(
        self,
        request: ApiRequest,
        product_id: FromPath[str],
        data: JSONBody[ProductReplacement],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        revise_product: NamedDependency[ReviseProduct],
    ) -> Response[ProductView]:
        product = await revise_product(principal, product_id, data, expected_versions)
        return respond(request, encode(product), etag=product.state)

    @patch(
        "/{product_id:str}",
        policy=Permission.CATALOGUE_WRITE,
        versioned=True,
        errors=(NotFound, VersionConflict, SkuTaken, SlugTaken, CategoryAmbiguous),
    )
    async def change_product(
        self,
        request: ApiRequest,
        product_id: FromPath[str],
        data: JSONBody[ProductPatch],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        revise_product: NamedDependency[ReviseProduct],
    ) -> Response[ProductView]:
        if data.stock is not UNSET:
            where = f"is changed by POST {self.path}/{product_id}/stock"
            raise InvalidRequest({"stock": f"{where}: a number here would undo sales"})
        try:
            product = await revise_product(principal, product_id, data, expected_versions)
        except BelongsToVariants as refused:
            where = (
                f"is changed by PATCH {self.path}/{product_id}/variants/{{variantId}} while there are options"
            )
            raise InvalidRequest(dict.fromkeys(map(wire_name, refused.details), where)) from None
        return respond(request, encode(product), etag=product.state)

    @delete("/{product_id:str}", policy=Permission.CATALOGUE_WRITE, status_code=200, errors=(NotFound,))
    async def delete_product(
        self,
        product_id: FromPath[str],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        delete_product: NamedDependency[DeleteProduct],
    ) -> Response[DoneView]:
        await delete_product(principal, product_id, expected_versions)
        return BytesResponse(encode(DoneView()))
