"""`/api/admin/tax-rates`: what is taxed where."""

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import delete, get, patch, post
from litestar.params import FromPath, JSONBody

from shop.application.framework.inputs import ExpectedVersions, MajorUnits
from shop.application.framework.views import DoneView, encode
from shop.application.framework.views import Page as PageOf
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.pricing.tax_rates import AdministerTaxRates, TaxRateInput, TaxRatePatch, TaxRateView
from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.user import Principal
from shop.domain.errors import NotFound
from shop.domain.pricing.tax import TaxRateTaken
from shop.entrypoints.http.framework.conditional import created_first_version, respond_versioned
from shop.entrypoints.http.framework.parameters import DEFAULT_LIMIT, Limit, Page
from shop.entrypoints.http.framework.request import ApiRequest
from shop.entrypoints.http.framework.responses import BytesResponse, Identified, shown


class TaxRatesController(Controller):
    path = "/api/admin/tax-rates"
    tags = ("Tax",)

    @get(policy=Permission.SETTINGS_READ)
    async def list_tax_rates(
        self,
        administer_tax_rates: NamedDependency[AdministerTaxRates],
        page: Page,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Response[PageOf[TaxRateView]]:
        """Staff who may read settings: all tax rates, oldest first."""
        return BytesResponse(encode(await administer_tax_rates.page(page, limit)))

    @post(
        policy=Permission.SETTINGS_WRITE,
        versioned=True,
        location=True,
        errors=(TaxRateTaken,),
        request_example=TaxRateInput("MwSt", "DE", MajorUnits(19)),
    )
    async def create_tax_rate(
        self,
        data: JSONBody[TaxRateInput],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        administer_tax_rates: NamedDependency[AdministerTaxRates],
    ) -> Response[TaxRateView]:
        """Staff who may write settings: create a tax rate."""
        outcome = await administer_tax_rates.create(principal, data, idempotency)
        return created_first_version(outcome, f"{self.path}/{shown(outcome, Identified).id}")

    @get("/{tax_rate_id:str}", policy=Permission.SETTINGS_READ, versioned=True, errors=(NotFound,))
    async def show_tax_rate(
        self,
        request: ApiRequest,
        tax_rate_id: FromPath[str],
        administer_tax_rates: NamedDependency[AdministerTaxRates],
    ) -> Response[TaxRateView]:
        """Staff who may read settings: one tax rate."""
        view, version = await administer_tax_rates.show(tax_rate_id)
        return respond_versioned(request, view, version)

    @patch(
        "/{tax_rate_id:str}",
        policy=Permission.SETTINGS_WRITE,
        versioned=True,
        errors=(NotFound, TaxRateTaken),
        request_example=TaxRatePatch(country="DE", rate=MajorUnits("20.5")),
    )
    async def change_tax_rate(
        self,
        request: ApiRequest,
        tax_rate_id: FromPath[str],
        data: JSONBody[TaxRatePatch],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        administer_tax_rates: NamedDependency[AdministerTaxRates],
    ) -> Response[TaxRateView]:
        """Staff who may write settings: change a tax rate. Existing orders keep their terms."""
        view, version = await administer_tax_rates.change(principal, tax_rate_id, data, expected_versions)
        return respond_versioned(request, view, version)

    @delete("/{tax_rate_id:str}", policy=Permission.SETTINGS_WRITE, status_code=200, errors=(NotFound,))
    async def delete_tax_rate(
        self,
        tax_rate_id: FromPath[str],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        administer_tax_rates: NamedDependency[AdministerTaxRates],
    ) -> Response[DoneView]:
        """Staff who may write settings: delete a tax rate. Existing orders keep their terms."""
        await administer_tax_rates.delete(principal, tax_rate_id, expected_versions)
        return BytesResponse(encode(DoneView()))
