"""`/api/products/{id}/variants` and `/stock`: variants and their stock, managed by admins."""

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import get, patch, post, put
from litestar.params import FromPath, JSONBody
from msgspec import UNSET

from shop.application.catalogue.stock import AdjustStock, StockInput
from shop.application.catalogue.variant_terms import VariantPatch, VariantReplacement, VariantsReplacement
from shop.application.catalogue.variants import ReplaceVariants, ReviseVariant, ShowVariant
from shop.application.catalogue.views import ProductState, ProductView, VariantView
from shop.application.framework.inputs import ExpectedVersions, MajorUnits
from shop.application.framework.views import encode
from shop.application.ports.idempotency import IdempotencyKey
from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.user import Principal
from shop.domain.catalogue.product import SkuTaken
from shop.domain.catalogue.stock import StockMismatch, StockTooLow
from shop.domain.catalogue.variant import LastVariant
from shop.domain.errors import NotFound, VersionConflict
from shop.entrypoints.http.framework.conditional import respond
from shop.entrypoints.http.framework.request import ApiRequest
from shop.entrypoints.http.framework.responses import answer_response, shown
from shop.entrypoints.http.framework.wire_names import InvalidRequest


class VariantsController(Controller):
    path = "/api/products"
    tags = ("Catalogue",)

    @put(
        "/{product_id:str}/variants",
        policy=Permission.CATALOGUE_WRITE,
        versioned=True,
        errors=(NotFound, VersionConflict, SkuTaken, LastVariant),
        request_example=VariantsReplacement(
            options=["Size"],
            variants=[
                VariantReplacement(options={"Size": "M"}, price=MajorUnits("39.5"), stock=12),
                VariantReplacement(options={"Size": "L"}, price=MajorUnits("42"), stock=9),
            ],
        ),
    )
    async def replace_variants(
        self,
        request: ApiRequest,
        product_id: FromPath[str],
        data: JSONBody[VariantsReplacement],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        replace_variants: NamedDependency[ReplaceVariants],
    ) -> Response[ProductView]:
        product = await replace_variants(principal, product_id, data, expected_versions)
        return respond(request, encode(product), etag=product.state)

    @get(
        "/{product_id:str}/variants/{variant_id:str}",
        policy=Permission.CATALOGUE_WRITE,
        versioned=True,
        errors=(NotFound,),
    )
    async def show_variant(
        self,
        request: ApiRequest,
        product_id: FromPath[str],
        variant_id: FromPath[str],
        show_variant: NamedDependency[ShowVariant],
    ) -> Response[VariantView]:
        variant, state = await show_variant(product_id, variant_id)
        return respond(request, encode(variant), etag=state)

    @patch(
        "/{product_id:str}/variants/{variant_id:str}",
        policy=Permission.CATALOGUE_WRITE,
        versioned=True,
        errors=(NotFound, VersionConflict, SkuTaken),
    )
    async def change_variant(
        self,
        request: ApiRequest,
        product_id: FromPath[str],
        variant_id: FromPath[str],
        data: JSONBody[VariantPatch],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        revise_variant: NamedDependency[ReviseVariant],
    ) -> Response[ProductView]:
        if data.stock is not UNSET:
            where = f"is changed by POST {self.path}/{product_id}/stock with `variantId`"
            raise InvalidRequest({"stock": f"{where}: a number here would undo sales"})
        product = await revise_variant(principal, product_id, variant_id, data, expected_versions)
        return respond(request, encode(product), etag=product.state)

    @post(
        "/{product_id:str}/stock",
        policy=Permission.CATALOGUE_WRITE,
        status_code=200,
        versioned=True,
        errors=(NotFound, StockTooLow, StockMismatch),
        request_example=StockInput(change=-5, reason="Broken in the store room"),
    )
    async def adjust_stock(
        self,
        product_id: FromPath[str],
        data: JSONBody[StockInput],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        adjust_stock: NamedDependency[AdjustStock],
    ) -> Response[ProductView]:
        outcome = await adjust_stock(principal, product_id, data, idempotency)
        return answer_response(outcome, 200, {"ETag": f'"{shown(outcome, ProductState).state}"'})
