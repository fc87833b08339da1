"""Money: integers of minor units inside, exact decimals of major units at the edges."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.domain.errors import ValidationFailed
from shop.domain.money import MAX_MINOR_UNITS, Currency

YEN, DOLLAR, DINAR = Currency("JPY"), Currency("USD"), Currency("KWD")
LARGEST = {YEN: "10000000000", DOLLAR: "100000000.00", DINAR: "10000000.000"}

currencies = st.sampled_from([YEN, DOLLAR, DINAR])
minor_units = st.integers(0, MAX_MINOR_UNITS)


def reason_for_refusing(amount: str, currency: Currency = DOLLAR) -> str:
    with pytest.raises(ValidationFailed) as refusal:
        currency.to_minor(Decimal(amount), "price")
    assert refusal.value.details.keys() == {"price"}, "the refusal must name the field"
    return str(refusal.value.details["price"])


@pytest.mark.parametrize(
    ("currency", "minor", "major"),
    [
        pytest.param(YEN, 2599, "2599", id="no decimals"),
        pytest.param(DOLLAR, 2599, "25.99", id="two decimals"),
        pytest.param(DINAR, 2599, "2.599", id="three decimals"),
    ],
)
def test_the_minor_unit_is_the_currencys_own(currency: Currency, minor: int, major: str) -> None:
    assert str(currency.to_major(minor)) == major
    assert currency.to_minor(Decimal(major), "price") == minor


@given(currencies, minor_units)
def test_amounts_round_trip_through_major_units(currency: Currency, minor: int) -> None:
    assert currency.to_minor(currency.to_major(minor), "price") == minor


@given(currencies, minor_units)
def test_major_units_are_written_out_with_the_currencys_decimals(currency: Currency, minor: int) -> None:
    written = str(currency.to_major(minor))
    _, _, decimals = written.partition(".")
    assert len(decimals) == currency.decimals
    assert "E" not in written


@given(currencies, minor_units, st.integers(1, 40))
def test_trailing_zeros_are_not_excess_decimals(currency: Currency, minor: int, zeros: int) -> None:
    major = Decimal(f"{currency.to_major(minor):.3f}{'0' * zeros}")
    assert currency.to_minor(major, "price") == minor


@given(currencies, st.integers(0, MAX_MINOR_UNITS - 1), st.integers(1, 60), st.integers(1, 9))
def test_excess_decimals_are_refused(currency: Currency, minor: int, distance: int, digit: int) -> None:
    point = "" if currency.decimals else "."
    written = f"{currency.to_major(minor)}{point}{'0' * (distance - 1)}{digit}"
    assert reason_for_refusing(written, currency) == f"must have at most {currency.decimals} decimals"


@pytest.mark.parametrize("amount", ["-0.01", "-25.99", "-1E-999999999999", "-1E+999999999999"])
def test_a_negative_amount_is_refused(amount: str) -> None:
    assert reason_for_refusing(amount) == "must not be negative"


def test_a_negative_zero_is_zero() -> None:
    assert DOLLAR.to_minor(Decimal("-0.00"), "price") == 0


@pytest.mark.parametrize("amount", ["NaN", "-NaN", "sNaN", "Infinity", "-Infinity"])
def test_non_finite_numbers_are_refused(amount: str) -> None:
    assert reason_for_refusing(amount) == "must be a finite number"


@pytest.mark.parametrize("currency", [YEN, DOLLAR, DINAR], ids=lambda currency: currency.code)
def test_the_largest_amount_is_ten_thousand_million_minor_units(currency: Currency) -> None:
    assert currency.to_minor(Decimal(LARGEST[currency]), "price") == MAX_MINOR_UNITS == 10**10
    one_more = str(currency.to_major(MAX_MINOR_UNITS + 1))
    assert reason_for_refusing(one_more, currency) == f"must be at most {LARGEST[currency]}"


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        ("1E+999999999999", "must be at most 100000000.00"),
        ("9" * 100_000, "must be at most 100000000.00"),
        ("1E-999999999999", "must have at most 2 decimals"),
        ("0." + "3" * 100_000, "must have at most 2 decimals"),
    ],
    ids=["huge exponent", "many digits", "tiny exponent", "many decimals"],
)
def test_an_absurd_amount_is_refused_cheaply(amount: str, reason: str) -> None:
    assert reason_for_refusing(amount) == reason


@pytest.mark.timeout(5)
@pytest.mark.parametrize("zero", ["0E+999999999999", "0E-999999999999"])
def test_a_zero_is_zero_whatever_its_exponent(zero: str) -> None:
    assert DOLLAR.to_minor(Decimal(zero), "price") == 0


@pytest.mark.parametrize("code", ["", "US", "USDX", "usd", "U5D", "ÜSD", "US "])
def test_a_currency_has_a_code_of_three_capital_letters(code: str) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        Currency(code)
    assert refusal.value.details.keys() == {"currency"}


def test_currencies_are_equal_by_their_code() -> None:
    assert Currency("USD") == DOLLAR != Currency("EUR")


@pytest.mark.parametrize(
    ("code", "step"),
    [("USD", 1), ("JPY", 1), ("ISK", 1), ("MGA", 100)]
    + [(code, 10) for code in ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")],
)
def test_prices_must_be_multiples_of_the_currencys_payable_step(code: str, step: int) -> None:
    currency = Currency(code)
    assert currency.payable_step == step
    assert currency.price_to_minor(currency.to_major(step), "price") == step
    if step > 1:
        with pytest.raises(ValidationFailed) as refusal:
            currency.price_to_minor(currency.to_major(step + 1), "price")
        assert refusal.value.details == {"price": f"must be a multiple of {currency.to_major(step)}"}


@pytest.mark.parametrize(
    ("minor", "payable"), [(0, 0), (4, 0), (5, 10), (1994, 1990), (1995, 2000), (2000, 2000)]
)
def test_a_computed_amount_is_rounded_half_up_to_the_step(minor: int, payable: int) -> None:
    assert DINAR.to_payable(minor) == payable
    assert DOLLAR.to_payable(minor) == minor
