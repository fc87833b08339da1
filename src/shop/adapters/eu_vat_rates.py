"""VAT rates of the European Union's member states, from the package `eu-vat-rates-data`."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from eu_vat_rates_data import VatRate, data_version, get_all_rates

from shop.application.ports.pricing import CountryRates


class EuVatRates:
    """See the port."""

    def published_on(self) -> date:
        return date.fromisoformat(data_version)

    def rates(self) -> Sequence[CountryRates]:
        return [
            _country_rates(country, rate)
            for country, rate in sorted(get_all_rates().items())
            if rate["eu_member"]
        ]


def _country_rates(country: str, rate: VatRate) -> CountryRates:
    lower = {*rate["reduced"], rate["super_reduced"], rate["parking"]} - {None}
    return CountryRates(
        country=country,
        name=rate["vat_abbr"],
        standard=_exact(rate["standard"]),
        reduced=sorted(_exact(each) for each in lower if each is not None),
    )


def _exact(rate: float) -> Decimal:
    return Decimal(str(rate)).normalize()
