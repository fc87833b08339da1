"""Decoding of Stripe's responses."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.adapters.payments.stripe_statements import (
    EVENT_TYPES,
    event_of,
    intent_of,
    listed_event_of,
    refund_of,
)
from shop.domain.payments.payment import PaymentStatus, WebhookRejected
from shop.domain.payments.refund import RefundStatus

ORDER = "0194d3a0-0000-7000-8000-000000000001"


def an_intent(**fields: Any) -> dict[str, Any]:
    return {
        "id": "pi_1",
        "object": "payment_intent",
        "amount": 1250,
        "amount_received": 0,
        "currency": "eur",
        "status": "requires_payment_method",
        "metadata": {"shop_order_id": ORDER, "shop_attempt": "2"},
        "client_secret": "pi_1_secret_2",
        "last_payment_error": None,
        "latest_charge": None,
        "an_attribute_of_later_versions": {"deep": [1]},
        **fields,
    }


def an_event(kind: str, **subject: Any) -> dict[str, Any]:
    return {
        "id": "evt_1",
        "type": kind,
        "created": 1_767_603_600,
        "livemode": True,
        "data": {"object": {"id": "pi_1", **subject}},
    }


@pytest.mark.parametrize(
    ("stated", "status"),
    [
        ("requires_payment_method", PaymentStatus.PENDING),
        ("requires_confirmation", PaymentStatus.PENDING),
        ("requires_action", PaymentStatus.PENDING),
        ("processing", PaymentStatus.PROCESSING),
        ("requires_capture", PaymentStatus.PROCESSING),
        ("succeeded", PaymentStatus.SUCCEEDED),
        ("canceled", PaymentStatus.CANCELLED),
        ("a_status_of_later_versions", PaymentStatus.PENDING),
    ],
)
def test_stripes_intent_statuses_become_the_shops(stated: str, status: PaymentStatus) -> None:
    assert intent_of(an_intent(status=stated, amount_received=1250)).status is status


def test_a_declined_intent_has_failed_unless_it_is_paid_later() -> None:
    error = {"message": "Your card was declined.", "code": "card_declined"}
    intent = intent_of(an_intent(last_payment_error=error))
    assert (intent.status, intent.decline_reason) == (PaymentStatus.FAILED, "Your card was declined.")
    paid = intent_of(an_intent(status="succeeded", amount_received=1250, last_payment_error=error))
    assert paid.status is PaymentStatus.SUCCEEDED


def test_a_succeeded_intent_has_the_received_amount() -> None:
    assert intent_of(an_intent(status="succeeded", amount_received=1200)).amount == 1200
    assert intent_of(an_intent(status="processing", amount_received=0)).amount == 1250


def test_amounts_are_read_in_the_shops_minor_units() -> None:
    intent = intent_of(an_intent(amount=50000, currency="isk"))
    assert (intent.amount, intent.currency) == (500, "ISK")
    refund = refund_of({"id": "re_1", "amount": 50000, "currency": "isk", "status": "succeeded"})
    assert refund.amount == 500


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        {},
        {"shop_attempt": "2"},
        {"order_id": "45"},
        {"order_id": "#1001", "attempt": "1"},
        {"order_id": "6f1ed002-ab59-4b1d-9f2e-2f1a7c0e4a11"},
        {"shop_order_id": "45"},
        {"shop_order_id": ORDER.upper()},
        {"shop_order_id": f"{ORDER} "},
    ],
)
def test_an_intent_with_no_order_id_of_the_shops_form_is_not_the_shops(metadata: Any) -> None:
    assert intent_of(an_intent(metadata=metadata)).order_id is None


def test_the_metadata_of_earlier_versions_is_still_read() -> None:
    intent = intent_of(an_intent(metadata={"order_id": ORDER, "attempt": "3"}))
    assert (intent.order_id, intent.attempt) == (ORDER, 3)
    stated = {"id": "re_1", "amount": 1, "currency": "eur", "metadata": {"refund_id": ORDER}}
    assert refund_of(stated).refund_id == ORDER


@pytest.mark.parametrize("attempt", ["", "-1", "1.5", "two", "²", "1" * 9999])
def test_an_edited_attempt_number_counts_as_the_first(attempt: str) -> None:
    assert intent_of(an_intent(metadata={"shop_order_id": ORDER, "shop_attempt": attempt})).attempt == 1


def test_an_unexpanded_charge_has_no_disputes() -> None:
    assert not intent_of(an_intent(latest_charge="ch_1")).disputed
    assert intent_of(an_intent(latest_charge={"id": "ch_1", "disputed": True})).disputed


@pytest.mark.parametrize(
    ("stated", "status"),
    [
        ("succeeded", RefundStatus.SUCCEEDED),
        ("failed", RefundStatus.FAILED),
        ("canceled", RefundStatus.FAILED),
        ("pending", RefundStatus.PENDING),
        ("requires_action", RefundStatus.PENDING),
        (None, RefundStatus.PENDING),
    ],
)
def test_stripes_refund_statuses_become_the_shops(stated: str | None, status: RefundStatus) -> None:
    refund = refund_of({"id": "re_1", "amount": 250, "currency": "eur", "status": stated})
    assert (refund.status, refund.refund_id) == (status, None)


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_relevant_events_are_parsed(kind: str) -> None:
    stated = an_event(kind) if kind.startswith("payment_intent.") else an_event(kind, payment_intent="pi_1")
    event = listed_event_of(stated)
    assert (event.id, event.intent_id) == ("evt_1", "pi_1")
    assert event.concerns_refunds == (kind == "charge.refunded" or kind.startswith("refund."))
    assert event.concerns_disputes == kind.startswith("charge.dispute.")
    assert event.created_at == datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert event_of(json.dumps(stated).encode()) == (event, True)


def test_an_event_may_lack_its_time() -> None:
    stated = {
        name: value for name, value in an_event("payment_intent.succeeded").items() if name != "created"
    }
    assert listed_event_of(stated).created_at is None


@pytest.mark.parametrize("created", [-1, 2**37, "yesterday", 1.5])
def test_an_event_with_an_impossible_time_is_refused(created: Any) -> None:
    with pytest.raises(WebhookRejected):
        event_of(json.dumps({**an_event("payment_intent.succeeded"), "created": created}).encode())


@pytest.mark.parametrize("kind", ["customer.created", "payment_intent.created", "charge.succeeded", ""])
def test_irrelevant_events_are_ignored(kind: str) -> None:
    assert listed_event_of(an_event(kind, payment_intent="pi_1")).intent_id is None


@pytest.mark.parametrize("subject", [{}, {"id": 5}, {"id": None, "payment_intent": ["pi_1"]}])
def test_unknown_events_may_have_any_content(subject: dict[str, Any]) -> None:
    event, _ = event_of(
        json.dumps({"id": "evt_1", "type": "price.created", "data": {"object": subject}}).encode()
    )
    assert (event.id, event.intent_id) == ("evt_1", None)


def test_a_known_event_with_a_wrong_object_is_refused() -> None:
    with pytest.raises(WebhookRejected):
        event_of(json.dumps(an_event("refund.updated", payment_intent=["pi_1"])).encode())


def test_an_expanded_intent_is_identified_by_its_id() -> None:
    assert (
        listed_event_of(an_event("charge.refunded", payment_intent=an_intent(id="pi_7"))).intent_id == "pi_7"
    )


def test_a_charge_without_an_intent_is_ignored() -> None:
    assert listed_event_of(an_event("charge.refunded", payment_intent=None)).intent_id is None


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b'{"id": 1}', b"\xff", b'{"id":"evt_1","type":"x"}']
)
def test_an_invalid_event_body_is_refused(body: bytes) -> None:
    with pytest.raises(WebhookRejected):
        event_of(body)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_every_json_body_that_is_no_event_is_refused(body: Any) -> None:
    with pytest.raises(WebhookRejected):
        event_of(msgspec.json.encode({"id": body} if isinstance(body, list) else body))
