"""Promo codes: when they apply, and their discounts."""

from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.domain.errors import ValidationFailed
from shop.domain.money import Currency
from shop.domain.promotions.promo_code import (
    Discount,
    LimitBelowUses,
    PromoCode,
    PromoCodeNotApplicable,
    Refusal,
    folded_code,
)

CREATED = datetime(2026, 1, 1, tzinfo=UTC)
STARTS, ENDS = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
DOLLAR, DINAR = Currency("USD"), Currency("KWD")

ALLOWED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
codes = st.text(ALLOWED, min_size=3, max_size=40)
subtotals = st.integers(0, 10**12)


def promo_code(**terms: Any) -> PromoCode:
    defaults: dict[str, Any] = {
        "id": "1",
        "code": "SPRING",
        "type": Discount.PERCENT,
        "value": 10,
        "created_at": CREATED,
    }
    return PromoCode(**{**defaults, **terms})


def fixed(value: int, **terms: Any) -> PromoCode:
    return promo_code(type=Discount.FIXED, value=value, **terms)


def refused_fields(**terms: Any) -> set[str]:
    with pytest.raises(ValidationFailed) as refusal:
        promo_code(**terms)
    return set(refusal.value.details)


def why_not(code: PromoCode, at: datetime = STARTS, used_by_customer: int = 0) -> Refusal | None:
    try:
        code.ensure_usable(at, used_by_customer)
    except PromoCodeNotApplicable as not_applicable:
        return not_applicable.refusal
    return None


# Valid codes and terms


@given(codes)
def test_a_code_has_3_to_40_letters_digits_dashes_and_underscores(code: str) -> None:
    assert promo_code(code=code).code == code


@pytest.mark.parametrize("code", ["", "AB", "A" * 41, "A B", "ÄÖÜ", "ABC\n", "A.BC", "٣٣٣", "\u017fAVE"])
def test_any_other_code_is_refused(code: str) -> None:
    assert refused_fields(code=code) == {"code"}


@given(codes)
def test_codes_compare_without_case(code: str) -> None:
    assert folded_code(code.upper()) == folded_code(code.lower()) == promo_code(code=code).key


def test_a_percentage_is_1_to_100() -> None:
    assert [promo_code(value=value).value for value in (1, 100)] == [1, 100]
    assert refused_fields(value=0) == refused_fields(value=101) == refused_fields(value=-1) == {"value"}


def test_a_fixed_discount_is_a_positive_amount() -> None:
    assert [fixed(value).value for value in (1, 10**10)] == [1, 10**10]
    for value in (0, -1, 10**10 + 1):
        assert refused_fields(type=Discount.FIXED, value=value) == {"value"}


def test_free_shipping_has_no_value() -> None:
    assert promo_code(type=Discount.FREE_SHIPPING, value=0).ships_free
    assert refused_fields(type=Discount.FREE_SHIPPING, value=1) == {"value"}


def test_a_code_is_limited_to_at_most_250_products_and_variants() -> None:
    assert len(promo_code(item_ids=("mug",) * 250).item_ids) == 250
    assert refused_fields(item_ids=("mug",) * 251) == {"item_ids"}


def test_limits_are_at_least_1() -> None:
    assert promo_code(usage_limit=1, per_customer_limit=1).usage_limit == 1
    assert refused_fields(usage_limit=0, per_customer_limit=0) == {"usage_limit", "per_customer_limit"}


def test_a_limit_fits_the_counter() -> None:
    assert refused_fields(usage_limit=2**31, per_customer_limit=2**31) == {
        "usage_limit",
        "per_customer_limit",
    }


def test_a_minimum_is_an_amount_of_money() -> None:
    assert promo_code(min_subtotal=0).min_subtotal == 0
    assert refused_fields(min_subtotal=-1) == refused_fields(min_subtotal=10**10 + 1) == {"min_subtotal"}


def test_a_window_ends_after_it_starts() -> None:
    assert promo_code(starts_at=STARTS, ends_at=STARTS + MOMENT).ends_at == STARTS + MOMENT
    assert refused_fields(starts_at=STARTS, ends_at=STARTS) == {"ends_at"}
    assert refused_fields(starts_at=ENDS, ends_at=STARTS) == {"ends_at"}


def test_one_refusal_names_all_invalid_fields() -> None:
    assert refused_fields(code="?", value=0, usage_limit=0) == {"code", "value", "usage_limit"}


# When a code applies


def test_a_code_without_rules_applies_always() -> None:
    assert why_not(promo_code(), used_by_customer=10**6) is None


def test_a_deactivated_code_does_not_apply() -> None:
    assert why_not(promo_code(active=False)) is Refusal.INACTIVE


@pytest.mark.parametrize(
    ("at", "refusal"),
    [
        pytest.param(STARTS - MOMENT, Refusal.NOT_STARTED, id="a moment before the start"),
        pytest.param(STARTS, None, id="at the start"),
        pytest.param(ENDS - MOMENT, None, id="a moment before the end"),
        pytest.param(ENDS, Refusal.ENDED, id="at the end"),
    ],
)
def test_the_window_includes_its_start_and_excludes_its_end(at: datetime, refusal: Refusal | None) -> None:
    assert why_not(promo_code(starts_at=STARTS, ends_at=ENDS), at) is refusal


@pytest.mark.parametrize("hours", [-12, 5, 14])
@pytest.mark.parametrize("at", [STARTS - MOMENT, STARTS, ENDS - MOMENT, ENDS])
def test_the_window_is_the_same_everywhere_on_earth(at: datetime, hours: int) -> None:
    elsewhere = at.astimezone(timezone(timedelta(hours=hours)))
    code = promo_code(starts_at=STARTS, ends_at=ENDS)
    assert why_not(code, elsewhere) is why_not(code, at)


def test_a_window_may_have_only_a_start_or_only_an_end() -> None:
    assert why_not(promo_code(starts_at=STARTS), ENDS + timedelta(days=36500)) is None
    assert why_not(promo_code(ends_at=ENDS), CREATED) is None


def test_a_code_is_used_up_when_its_uses_reach_the_limit() -> None:
    assert why_not(promo_code(usage_limit=3, times_used=2)) is None
    assert why_not(promo_code(usage_limit=3, times_used=3)) is Refusal.USED_UP


def test_a_customer_may_use_a_code_as_often_as_its_limit_says() -> None:
    code = promo_code(per_customer_limit=2, times_used=100)
    assert why_not(code, used_by_customer=1) is None
    assert why_not(code, used_by_customer=2) is why_not(code, used_by_customer=3) is Refusal.CUSTOMER_LIMIT


@pytest.mark.parametrize("refusal", Refusal)
def test_every_refusal_names_the_code_and_the_reason(refusal: Refusal) -> None:
    not_applicable = PromoCodeNotApplicable("SPRING", refusal)
    assert not_applicable.details == {"promo_code": "SPRING", "reason": refusal.value}
    assert not_applicable.message.startswith("The promo code SPRING ")


# When no customer can use it any more


def test_a_code_is_spent_when_it_is_used_up_or_past_its_end() -> None:
    assert promo_code(usage_limit=3, times_used=3).is_spent(STARTS)
    assert promo_code(ends_at=ENDS).is_spent(ENDS)


def test_a_code_that_can_still_be_used_is_not_spent() -> None:
    assert not promo_code(usage_limit=3, times_used=2, ends_at=ENDS).is_spent(ENDS - MOMENT)
    assert not promo_code(starts_at=STARTS).is_spent(STARTS - MOMENT), "its window has not started yet"


@pytest.mark.parametrize("used", [2, 3])
@pytest.mark.parametrize("at", [STARTS, ENDS - MOMENT, ENDS])
def test_a_code_is_spent_when_no_buyer_can_use_it(at: datetime, used: int) -> None:
    code = promo_code(ends_at=ENDS, usage_limit=3, times_used=used)
    assert code.is_spent(at) == (why_not(code, at) is not None)


# Changing the terms


def test_revised_terms_are_the_next_version() -> None:
    revised = promo_code().revise(value=20, active=False)
    assert revised == promo_code(value=20, active=False, version=2)


def test_revised_terms_keep_the_rules() -> None:
    with pytest.raises(ValidationFailed):
        promo_code(starts_at=STARTS).revise(ends_at=STARTS)


def test_a_limit_cannot_be_set_below_the_number_of_uses() -> None:
    code = promo_code(usage_limit=5, times_used=3)
    assert code.revise(usage_limit=3).usage_limit == 3
    with pytest.raises(LimitBelowUses) as refusal:
        code.revise(usage_limit=2)
    assert refusal.value.details["times_used"] == 3


def test_a_limit_can_be_lifted() -> None:
    assert promo_code(usage_limit=3, times_used=3).revise(usage_limit=None).usage_limit is None


@given(st.integers(0, 10**9), st.integers(1, 100), st.integers(1, 10**10))
def test_in_a_currency_with_steps_the_discount_is_a_multiple_of_the_step(
    steps: int, percent: int, value: int
) -> None:
    subtotal, exactly = steps * 10, Fraction(steps * 10 * percent, 100)
    off = promo_code(value=percent).discount_on(subtotal, DINAR)
    assert off % 10 == 0
    assert off - 5 <= exactly < off + 5, "half up"
    assert fixed(value).discount_on(subtotal, DINAR) == min((value + 5) // 10 * 10, subtotal)
