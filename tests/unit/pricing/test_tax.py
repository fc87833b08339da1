"""Tax: which rate applies, how amounts are rounded, and that the sums are right for any mix of lines."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.domain.address import Place
from shop.domain.carts.cart import CartLine
from shop.domain.errors import ValidationFailed
from shop.domain.money import Currency
from shop.domain.pricing.quote import Offer, Quote, quote
from shop.domain.pricing.shipping import ShippingCharge
from shop.domain.pricing.tax import Taxation, TaxLine, TaxRate, net_of, rates_at
from shop.domain.promotions.promo_code import Discount, PromoCode

NOW = datetime(2026, 3, 14, tzinfo=UTC)

USD, EUR, JPY, KWD, CHF = map(Currency, ("USD", "EUR", "JPY", "KWD", "CHF"))


def rate(
    per_cent: str, *, country: str = "DE", region: str | None = None, tax_class: str = "standard"
) -> TaxRate:
    name = f"VAT {per_cent} %"
    return TaxRate(
        id=f"{country}{region}{tax_class}", name=name, country=country, region=region, tax_class=tax_class,
        rate=Decimal(per_cent),
    )  # fmt: skip


def taxation(*rates: TaxRate, included: bool, reverse_charge: bool = False) -> Taxation:
    return Taxation({each.tax_class: each for each in rates}, included, reverse_charge)


def offer(item: str, price: int, tax_class: str = "standard") -> Offer:
    return Offer(item, item, None, item, price, active=True, available=999, tax_class=tax_class)


def quoted(
    items: list[tuple[int, int, str]],
    rules: Taxation,
    currency: Currency = EUR,
    shipping: ShippingCharge | None = None,
    promo_code: PromoCode | None = None,
) -> Quote:
    """Return a quote of lines of (price, quantity, tax class)."""
    offers = {str(index): offer(str(index), price, name) for index, (price, _, name) in enumerate(items)}
    lines = [CartLine(str(index), quantity) for index, (_, quantity, _) in enumerate(items)]
    return quote(lines, offers, promo_code, currency, taxation=rules, shipping=shipping)


class TestRates:
    def test_a_region_takes_precedence_over_its_country(self) -> None:
        everywhere = rate("5", country="US")
        california = rate("7.25", country="US", region="US-CA")
        reduced = rate("1", country="US", tax_class="food")
        rates = [california, everywhere, reduced, rate("19")]
        assert rates_at(rates, Place("US", "US-CA")) == {"standard": california, "food": reduced}
        assert rates_at(rates, Place("US", "US-NY")) == {"standard": everywhere, "food": reduced}
        assert rates_at(rates, Place("US")) == {"standard": everywhere, "food": reduced}
        assert rates_at(rates, Place("FR")) == {}
        assert rates_at(rates, None) == {}

    @pytest.mark.parametrize("per_cent", ["-1", "100.1", "19.00001", "NaN", "Infinity"])
    def test_rates_outside_0_to_100_or_with_five_decimals_are_refused(self, per_cent: str) -> None:
        with pytest.raises(ValidationFailed) as refused:
            rate(per_cent)
        assert refused.value.details is not None
        assert list(refused.value.details) == ["rate"]

    def test_tax_classes_compare_without_case(self) -> None:
        assert rate("7", tax_class="Food").key == rate("19", tax_class="food").key


# Computed by hand from the rules of each country's tax guide: net and tax per line, rounded half up.
GERMANY = taxation(rate("19"), rate("7", tax_class="reduced"), included=True)
US = taxation(rate("8.875", country="US"), included=False)
SWISS = taxation(rate("8.1", country="CH"), rate("2.6", country="CH", tax_class="reduced"), included=True)
JAPAN = taxation(rate("10", country="JP"), rate("8", country="JP", tax_class="reduced"), included=True)
KUWAIT = taxation(rate("5", country="KW"), included=False)


@pytest.mark.parametrize(
    ("rules", "currency", "items", "tax", "total"),
    [
        pytest.param(GERMANY, EUR, [(11900, 1, "standard")], 1900, 11900, id="Germany, 119.00 with 19 %"),
        pytest.param(GERMANY, EUR, [(1070, 1, "reduced"), (1190, 2, "standard")], 70 + 380, 3450, id="Germany, both"),
        pytest.param(GERMANY, EUR, [(999, 1, "standard")], 160, 999, id="Germany, 9.99: 8.3950 net"),
        pytest.param(US, USD, [(1000, 3, "standard")], 266, 3266, id="New York City, 8.875 % on 30.00: 2.6625"),
        pytest.param(SWISS, CHF, [(10810, 1, "standard")], 810, 10810, id="Switzerland, 108.10 with 8.1 %"),
        pytest.param(SWISS, CHF, [(1026, 1, "reduced")], 26, 1026, id="Switzerland, 10.26 with 2.6 %"),
        pytest.param(JAPAN, JPY, [(1100, 1, "standard"), (1080, 1, "reduced")], 180, 2180, id="Japan, 10 and 8 %"),
        pytest.param(JAPAN, JPY, [(105, 1, "standard")], 10, 105, id="Japan, 105 yen: 95.45 net"),
        pytest.param(KUWAIT, KWD, [(1990, 1, "standard")], 100, 2090, id="Kuwait, 1.990 with 5 %: 0.0995 to 0.100"),
    ],
)  # fmt: skip
def test_cases_of_tax_guides(
    rules: Taxation, currency: Currency, items: list[tuple[int, int, str]], tax: int, total: int
) -> None:
    priced = quoted(items, rules, currency)
    assert (priced.tax, priced.total) == (tax, total)


def test_half_a_cent_of_tax_is_rounded_up() -> None:
    assert quoted([(250, 1, "standard")], taxation(rate("5"), rate("7"), included=False)).tax == 18  # 17.5


def test_lines_without_a_rate_have_no_row() -> None:
    priced = quoted([(1000, 1, "books"), (1190, 1, "standard")], taxation(rate("19"), included=True))
    assert priced.taxes == (TaxLine("VAT 19 %", Decimal(19), 1000, 190),)
    assert [line.tax_rate for line in priced.lines] == [None, Decimal(19)]


def test_shipping_is_taxed_by_its_own_class() -> None:
    rules = taxation(rate("19"), rate("7", tax_class="reduced"), included=False)
    priced = quoted([(1000, 1, "reduced")], rules, shipping=ShippingCharge("m", "Post", 500, "standard"))
    assert priced.shipping is not None
    assert (priced.shipping.tax, priced.tax, priced.total) == (95, 165, 1665)


def test_a_reverse_charge_is_priced_net() -> None:
    rules = taxation(rate("19"), included=True, reverse_charge=True)
    priced = quoted([(11900, 2, "standard")], rules, shipping=ShippingCharge("m", "Post", 595))
    assert priced.lines[0].unit_price == 10000
    assert priced.shipping is not None
    assert priced.shipping.price == 500
    assert (priced.tax, priced.total, priced.prices_include_tax) == (0, 20500, False)
    assert priced.taxes == (TaxLine("Reverse charge", Decimal(0), 20500, 0),)


ITEMS = st.lists(
    st.tuples(
        st.integers(0, 200_000).map(lambda price: price * 10),
        st.integers(1, 9),
        st.sampled_from(["standard", "reduced", "none"]),
    ),
    min_size=1,
    max_size=8,
)
RATES = st.decimals(0, 100, places=4)
CURRENCIES = st.sampled_from([USD, JPY, KWD])
CODES = st.none() | st.one_of(
    st.tuples(st.just(Discount.PERCENT), st.integers(1, 100)),
    st.tuples(st.just(Discount.FIXED), st.integers(1, 300_000).map(lambda value: value * 10)),
    st.just((Discount.FREE_SHIPPING, 0)),
).map(lambda code: PromoCode(id="code", code="CODE", type=code[0], value=code[1], created_at=NOW))
CHARGES = st.none() | st.integers(0, 5_000).map(
    lambda price: ShippingCharge("m", "Post", price * 10, "standard")
)


@given(ITEMS, RATES, RATES, st.booleans(), st.booleans(), CURRENCIES, CHARGES, CODES)
def test_the_sums_hold_for_any_mix(
    items: list[tuple[int, int, str]],
    standard: Decimal,
    reduced: Decimal,
    included: bool,
    reverse_charge: bool,
    currency: Currency,
    shipping: ShippingCharge | None,
    promo_code: PromoCode | None,
) -> None:
    rules = taxation(
        rate(str(standard)),
        rate(str(reduced), tax_class="reduced"),
        included=included,
        reverse_charge=reverse_charge,
    )
    priced = quoted(items, rules, currency, shipping, promo_code)
    shipping_price, shipping_tax = (priced.shipping.price, priced.shipping.tax) if priced.shipping else (0, 0)
    assert (
        priced.tax
        == sum(line.tax for line in priced.lines) + shipping_tax
        == sum(row.tax for row in priced.taxes)
    )
    assert priced.subtotal - priced.discount == sum(line.counted for line in priced.lines)
    added = 0 if priced.prices_include_tax else priced.tax
    assert priced.total == sum(line.counted for line in priced.lines) + shipping_price + added
    amounts = [priced.total, priced.tax, shipping_price, *(line.tax for line in priced.lines)]
    assert not any(amount % currency.payable_step for amount in amounts)
    assert all(0 <= line.tax <= max(line.counted, 0) for line in priced.lines)


@given(st.data(), ITEMS, RATES, RATES, st.booleans(), CHARGES)
def test_the_order_of_lines_does_not_matter(
    data: st.DataObject,
    items: list[tuple[int, int, str]],
    standard: Decimal,
    reduced: Decimal,
    included: bool,
    shipping: ShippingCharge | None,
) -> None:
    rules = taxation(rate(str(standard)), rate(str(reduced), tax_class="reduced"), included=included)
    one = quoted(items, rules, shipping=shipping)
    other = quoted(data.draw(st.permutations(items)), rules, shipping=shipping)
    assert (one.total, one.tax) == (other.total, other.tax)
    assert set(one.taxes) == set(other.taxes)


@given(st.data(), ITEMS, RATES, st.booleans(), CODES)
def test_the_order_of_lines_moves_no_more_than_the_remainder_of_a_discount(
    data: st.DataObject,
    items: list[tuple[int, int, str]],
    standard: Decimal,
    included: bool,
    promo_code: PromoCode | None,
) -> None:
    """If a minor unit of the discount moves to another line, the tax of both lines may round differently."""
    rules = taxation(rate(str(standard)), included=included)
    one = quoted(items, rules, promo_code=promo_code)
    other = quoted(data.draw(st.permutations(items)), rules, promo_code=promo_code)
    assert (one.subtotal, one.discount) == (other.subtotal, other.discount)
    assert abs(one.tax - other.tax) <= len(items)


@given(st.integers(0, 10**9), RATES)
def test_prices_with_and_without_tax_agree_within_one_unit(net: int, per_cent: Decimal) -> None:
    applied = rate(str(per_cent))
    without = taxation(applied, included=False)
    tax = without.tax_on(net, "standard", 1)[1]
    inclusive = taxation(applied, included=True)
    assert abs(inclusive.tax_on(net + tax, "standard", 1)[1] - tax) <= 1
    assert abs(net_of(net + tax, applied, 1) - net) <= 1
