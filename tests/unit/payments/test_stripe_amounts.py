"""The shop's minor units, Stripe's unit, and the amounts that Stripe accepts."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.adapters.payments.stripe_amounts import ensure_payable, from_stripe, to_stripe
from shop.domain.money import MAX_MINOR_UNITS
from shop.domain.payments.payment import TotalNotPayable

CURRENCIES = ["USD", "EUR", "JPY", "KRW", "BHD", "KWD", "TND", "ISK", "UGX", "MGA", "HUF", "XTS"]

amounts = st.integers(min_value=0, max_value=MAX_MINOR_UNITS)


@pytest.mark.parametrize(
    ("currency", "minor", "units"),
    [
        ("USD", 1250, 1250),
        ("JPY", 1250, 1250),
        ("BHD", 12340, 12340),
        ("ISK", 500, 50000),
        ("UGX", 500, 50000),
        ("MGA", 50000, 500),
    ],
)
def test_amounts_convert_to_stripes_unit_and_back(currency: str, minor: int, units: int) -> None:
    assert to_stripe(minor, currency) == units
    assert from_stripe(units, currency) == minor


@given(amounts, st.sampled_from(CURRENCIES))
def test_amounts_round_trip(minor: int, currency: str) -> None:
    try:
        units = to_stripe(minor, currency)
    except TotalNotPayable:
        assert currency in ("BHD", "KWD", "TND", "MGA")
    else:
        assert from_stripe(units, currency) == minor


@given(amounts, st.sampled_from(CURRENCIES))
def test_amounts_that_stripe_cannot_represent_are_refused(minor: int, currency: str) -> None:
    step = {"BHD": 10, "KWD": 10, "TND": 10, "MGA": 100}.get(currency, 1)
    if minor % step:
        with pytest.raises(TotalNotPayable):
            to_stripe(minor, currency)
    else:
        units = to_stripe(minor, currency)
        assert currency not in ("ISK", "UGX") or units % 100 == 0
        assert currency not in ("BHD", "KWD", "TND") or units % 10 == 0


@pytest.mark.parametrize(
    ("currency", "least", "most"),
    [
        ("USD", 50, 99_999_999),
        ("EUR", 50, 99_999_999),
        ("GBP", 30, 99_999_999),
        ("JPY", 50, 99_999_999),
        ("HUF", 17_500, 99_999_999),
        ("ISK", 1, 999_999),
        ("BHD", 10, 99_999_990),
        ("XTS", 1, 99_999_999),
    ],
)
def test_the_smallest_and_largest_amounts(currency: str, least: int, most: int) -> None:
    ensure_payable(least, currency)
    ensure_payable(most, currency)
    step = 10 if currency == "BHD" else 1
    for amount in (least - step, most + step):
        with pytest.raises(TotalNotPayable):
            ensure_payable(amount, currency)


def test_the_refusal_names_the_limit_in_major_units() -> None:
    with pytest.raises(TotalNotPayable) as refused:
        ensure_payable(49, "USD")
    assert refused.value.details == {"total": Decimal("0.49"), "least": Decimal("0.50"), "currency": "USD"}
    assert refused.value.message == "The payment provider takes 0.50 USD at least, not 0.49."
    with pytest.raises(TotalNotPayable) as refused:
        ensure_payable(1_000_000, "ISK")
    assert refused.value.details == {
        "total": Decimal(1_000_000),
        "most": Decimal(999_999),
        "currency": "ISK",
    }
