"""Filling a shop with published tax rates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shop.application.audit.trail import Audit
from shop.application.framework.stored_settings import keep_settings
from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.pricing import CountryRates, CurrentRules, PublishedRates
from shop.application.ports.system import Ids
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.application.pricing.tax_rates import TaxRateTerms
from shop.domain.audit import AuditAction
from shop.domain.pricing.tax import TaxRate

REDUCED_TAX_CLASS: Final = "reduced"


@dataclass(frozen=True, slots=True)
class SeededRates:
    """The numbers of added rates, and of existing rates, which are unchanged."""

    added: int
    kept: int


class SeedTaxRates:
    """The command line: add published tax rates for each country and class that has no rate yet.

    Every country gets its standard rate. A country with exactly one lower rate gets it for the tax class `reduced`; if
    there are several, only the owner knows which of them applies to a product. Existing rates never change. Either all
    rates are added or none. Fails with SETTING_CHANGED if a setting differs from the stored one.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        published: PublishedRates,
        terms: TaxRateTerms,
        current_rules: CurrentRules,
        ids: Ids,
        audit: Audit,
        kept_settings: Mapping[str, str],
    ) -> None:
        self._unit_of_work = unit_of_work
        self._published = published
        self._terms = terms
        self._current_rules = current_rules
        self._ids = ids
        self._audit = audit
        self._kept_settings = kept_settings

    @property
    def published(self) -> PublishedRates:
        return self._published

    async def __call__(self) -> SeededRates:
        seeded = await self._seed([rate for each in self._published.rates() for rate in self._rates_of(each)])
        self._current_rules.changed()
        return seeded

    @retry_on_conflict
    async def _seed(self, rates: Sequence[TaxRate]) -> SeededRates:
        async with self._unit_of_work() as work:
            taken = {rate.key for rate in (await work.selling_rules.lock()).tax_rates}
            missing = [rate for rate in rates if rate.key not in taken]
            if missing:
                await keep_settings(work, self._kept_settings)
            for rate in missing:
                await work.selling_rules.add(rate)
                view = self._terms.view(rate)
                await self._audit(work, None, AuditAction.TAX_RATE_CREATED, rate.id, before=None, after=view)
        return SeededRates(len(missing), len(rates) - len(missing))

    def _rates_of(self, country: CountryRates) -> list[TaxRate]:
        rates = [
            TaxRate(id=self._ids.new_id(), name=country.name, country=country.country, rate=country.standard)
        ]
        if len(country.reduced) == 1:
            rates.append(
                TaxRate(
                    id=self._ids.new_id(),
                    name=country.name,
                    country=country.country,
                    rate=country.reduced[0],
                    tax_class=REDUCED_TAX_CLASS,
                )
            )
        return rates
