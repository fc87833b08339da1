"""`/api/promo-codes`: managed by admins, checked by customers."""

from typing import Any

import msgspec
from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import delete, get, patch, post
from litestar.params import FromPath, JSONBody

from shop.application.framework.inputs import ExpectedVersions
from shop.application.framework.views import DoneView, encode
from shop.application.framework.views import Page as PageOf
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.promotions import PromoCodeQueries
from shop.application.promotions.promo_codes import (
    ChangePromoCode,
    CheckPromoCode,
    CreatePromoCode,
    DeletePromoCode,
)
from shop.application.promotions.terms import (
    PromoCodePatch,
    PromoCodeTerms,
    PromoCodeTermsInput,
    PromoCodeView,
)
from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.user import Principal
from shop.domain.errors import NotFound
from shop.domain.promotions.promo_code import (
    CodeUser,
    LimitBelowUses,
    PromoCode,
    PromoCodeNotApplicable,
    PromoCodeTaken,
)
from shop.entrypoints.http.framework.conditional import created_first_version, respond_versioned
from shop.entrypoints.http.framework.parameters import DEFAULT_LIMIT, Limit, Page
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.request import ApiRequest
from shop.entrypoints.http.framework.responses import BytesResponse, shown


class PromoCodesController(Controller):
    path = "/api/promo-codes"
    tags = ("Promo codes",)

    @post(policy=Permission.PROMOTIONS_WRITE, versioned=True, location=True, errors=(PromoCodeTaken,))
    async def create_promo_code(
        self,
        data: JSONBody[PromoCodeTermsInput],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        create_promo_code: NamedDependency[CreatePromoCode],
    ) -> Response[PromoCodeView]:
        outcome = await create_promo_code(principal, data, idempotency)
        return created_first_version(outcome, f"{self.path}/{shown(outcome, _Created).code}")

    @get(policy=Permission.PROMOTIONS_READ)
    async def list_promo_codes(
        self,
        promo_code_queries: NamedDependency[PromoCodeQueries],
        promo_code_terms: NamedDependency[PromoCodeTerms],
        page: Page,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Response[PageOf[PromoCodeView]]:
        """Admins: all promo codes, oldest first."""
        codes, total = await promo_code_queries.promo_codes(page, limit)
        items = [promo_code_terms.view(code) for code in codes]
        return BytesResponse(encode(PageOf(page, limit, total, items)))

    @get("/{code:str}", policy=Policy.USER, versioned=True, errors=(NotFound, PromoCodeNotApplicable))
    async def check_promo_code(
        self,
        request: ApiRequest,
        code: FromPath[str],
        principal: NamedDependency[Principal],
        check_promo_code: NamedDependency[CheckPromoCode],
        promo_code_terms: NamedDependency[PromoCodeTerms],
    ) -> Response[PromoCodeView]:
        found = await check_promo_code(code, CodeUser(principal.user_id))
        return _promo_code(request, found, promo_code_terms)

    @patch(
        "/{code:str}", policy=Permission.PROMOTIONS_WRITE, versioned=True, errors=(NotFound, LimitBelowUses)
    )
    async def change_promo_code(
        self,
        request: ApiRequest,
        code: FromPath[str],
        data: JSONBody[PromoCodePatch],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        change_promo_code: NamedDependency[ChangePromoCode],
        promo_code_terms: NamedDependency[PromoCodeTerms],
    ) -> Response[PromoCodeView]:
        changed = await change_promo_code(principal, code, data, expected_versions)
        return _promo_code(request, changed, promo_code_terms)

    @delete("/{code:str}", policy=Permission.PROMOTIONS_WRITE, status_code=200, errors=(NotFound,))
    async def delete_promo_code(
        self,
        code: FromPath[str],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        delete_promo_code: NamedDependency[DeletePromoCode],
    ) -> Response[DoneView]:
        await delete_promo_code(principal, code, expected_versions)
        return BytesResponse(encode(DoneView()))


class _Created(msgspec.Struct):
    code: str


def _promo_code(request: ApiRequest, code: PromoCode, terms: PromoCodeTerms) -> BytesResponse[Any]:
    return respond_versioned(request, terms.view(code), code.version)
