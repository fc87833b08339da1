"""The fake's payment intents and requests behave as Stripe documents them, seen through the official SDK."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from stripe import (
    AuthenticationError,
    CardError,
    InvalidRequestError,
    StripeClient,
)

from tests.stripe_client import an_intent, stripe_client
from tests.stripe_server import ApiError, Balance, StripeServer

pytestmark = pytest.mark.anyio


class TestPaymentIntents:
    async def test_a_new_intent_waits_for_a_payment_method(self, client: StripeClient) -> None:
        created = await an_intent(
            client,
            metadata={"order_id": "an order", "ключ": "välue & more"},
            payment_method_types=["card", "paypal"],
            description="Two mugs",
        )

        found = await client.v1.payment_intents.retrieve_async(created.id)

        assert found.status == "requires_payment_method"
        assert (found.amount, found.currency, found.amount_received) == (1250, "eur", 0)
        assert found.payment_method_types == ["card", "paypal"]
        assert found.description == "Two mugs"
        assert (found.metadata["order_id"], found.metadata["ключ"]) == ("an order", "välue & more")
        assert found.client_secret.startswith(f"{created.id}_secret_")
        assert (found.latest_charge, found.livemode) == (None, False)

    @pytest.mark.parametrize(
        ("parameters", "types", "automatic"),
        [
            ({}, ["card", "link"], True),
            ({"automatic_payment_methods": {"enabled": True}}, ["card", "link"], True),
            ({"automatic_payment_methods": {"enabled": False}}, ["card"], False),
            ({"payment_method_types": ["card", "paypal"]}, ["card", "paypal"], False),
        ],
    )
    async def test_stripe_chooses_the_methods_by_default(
        self, client: StripeClient, parameters: dict[str, Any], types: list[str], automatic: bool
    ) -> None:
        intent = await an_intent(client, **parameters)

        assert intent.payment_method_types == types
        assert (intent.automatic_payment_methods is not None) is automatic

    @pytest.mark.parametrize(
        ("parameters", "code", "param"),
        [
            ({"amount": 49}, "amount_too_small", "amount"),
            ({"amount": 100_000_000}, "amount_too_large", "amount"),
            ({"amount": 0}, "parameter_invalid_integer", "amount"),
            ({"amount": "12.5"}, "parameter_invalid_integer", "amount"),
            ({"amount": None}, "parameter_missing", "amount"),
            ({"currency": None}, "parameter_missing", "currency"),
            ({"currency": "xyz"}, None, "currency"),
            ({"colour": "red"}, "parameter_unknown", "colour"),
            ({"automatic_payment_methods": {"enabled": "maybe"}}, None, "automatic_payment_methods[enabled]"),
            ({"automatic_payment_methods": {"on": True}}, "parameter_missing", None),
            ({"payment_method_types": ["shells"]}, None, "payment_method_types"),
            ({"payment_method_types": ["card"], "automatic_payment_methods": {"enabled": True}}, None, None),
            ({"metadata": {"note": "x" * 501}}, None, "metadata[note]"),
            ({"payment_method": "pm_unheard_of"}, "resource_missing", "payment_method"),
        ],
    )
    async def test_refused_requests_store_nothing(
        self,
        stripe: StripeServer,
        client: StripeClient,
        parameters: dict[str, Any],
        code: str | None,
        param: str | None,
    ) -> None:
        with pytest.raises(InvalidRequestError) as refused:
            await an_intent(client, **parameters)

        assert (refused.value.http_status, refused.value.code) == (400, code)
        assert param in (None, refused.value.param)
        assert refused.value.request_id.startswith("req_")
        assert not stripe.intents
        assert not stripe.events

    async def test_a_valid_card_pays(self, stripe: StripeServer, client: StripeClient) -> None:
        intent = await an_intent(client, metadata={"order_id": "an order"})

        confirmed = await client.v1.payment_intents.confirm_async(
            intent.id, {"payment_method": "pm_card_visa"}
        )

        assert (confirmed.status, confirmed.amount_received) == ("succeeded", 1250)
        found = await client.v1.payment_intents.retrieve_async(intent.id, {"expand": ["latest_charge"]})
        assert (found.latest_charge.amount_captured, found.latest_charge.paid) == (1250, True)
        assert found.latest_charge.metadata["order_id"] == "an order"
        assert stripe.ledger() == {intent.id: Balance(captured=1250)}
        with pytest.raises(InvalidRequestError) as refused:
            await client.v1.payment_intents.confirm_async(intent.id, {"payment_method": "pm_card_visa"})
        assert refused.value.code == "payment_intent_unexpected_state"
        assert stripe.ledger() == {intent.id: Balance(captured=1250)}

    @pytest.mark.parametrize(
        ("method", "code", "decline_code"),
        [
            ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
            ("pm_card_chargeCustomerFail", "card_declined", "generic_decline"),
            ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
            ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
        ],
    )
    async def test_a_declined_card_leaves_the_intent_payable(
        self, client: StripeClient, method: str, code: str, decline_code: str | None
    ) -> None:
        intent = await an_intent(client)

        with pytest.raises(CardError) as declined:
            await client.v1.payment_intents.confirm_async(intent.id, {"payment_method": method})

        error = declined.value
        assert (error.http_status, error.code) == (402, code)
        assert error.error.to_dict().get("decline_code") == decline_code
        assert error.error.payment_intent.id == intent.id
        found = await client.v1.payment_intents.retrieve_async(intent.id, {"expand": ["latest_charge"]})
        assert found.status == "requires_payment_method"
        assert found.last_payment_error.code == code
        assert found.latest_charge.status == "failed"
        paid = await client.v1.payment_intents.confirm_async(intent.id, {"payment_method": "pm_card_visa"})
        assert (paid.status, paid.last_payment_error) == ("succeeded", None)

    async def test_an_intent_may_be_declined_as_it_is_made(
        self, stripe: StripeServer, client: StripeClient
    ) -> None:
        with pytest.raises(CardError) as declined:
            await an_intent(client, payment_method="pm_card_chargeDeclined", confirm=True)

        assert list(stripe.intents) == [declined.value.error.payment_intent.id]

    async def test_a_payment_method_must_suit_the_intent(self, client: StripeClient) -> None:
        intent = await an_intent(client, payment_method_types=["card"])

        with pytest.raises(InvalidRequestError) as none:
            await client.v1.payment_intents.confirm_async(intent.id)
        with pytest.raises(InvalidRequestError) as another:
            await client.v1.payment_intents.confirm_async(
                intent.id, {"payment_method": "pm_usBankAccount_success"}
            )

        assert none.value.code == "payment_intent_unexpected_state"
        assert another.value.code == "payment_intent_incompatible_payment_method"

    @pytest.mark.parametrize(("succeeded", "end"), [(True, "succeeded"), (False, "requires_payment_method")])
    async def test_a_payment_may_stay_in_processing(
        self, stripe: StripeServer, client: StripeClient, succeeded: bool, end: str
    ) -> None:
        intent = await an_intent(client, payment_method_types=["us_bank_account"], currency="usd")
        confirmed = await client.v1.payment_intents.confirm_async(
            intent.id, {"payment_method": "pm_usBankAccount_processing"}
        )
        assert confirmed.status == "processing"
        with pytest.raises(InvalidRequestError) as refused:
            await client.v1.payment_intents.cancel_async(intent.id)
        assert refused.value.code == "payment_intent_unexpected_state"
        assert not stripe.ledger()

        stripe.finish_processing(intent.id, succeeded=succeeded)

        assert (await client.v1.payment_intents.retrieve_async(intent.id)).status == end
        assert (intent.id in stripe.ledger()) is succeeded

    async def test_a_payment_may_require_customer_action(
        self, stripe: StripeServer, client: StripeClient
    ) -> None:
        intent = await an_intent(client)
        confirmed = await client.v1.payment_intents.confirm_async(
            intent.id, {"payment_method": "pm_card_authenticationRequired"}
        )

        assert (confirmed.status, confirmed.next_action.type) == ("requires_action", "use_stripe_sdk")
        assert stripe.pay(intent.id)["status"] == "succeeded"

    async def test_an_intent_is_cancelled_once(self, stripe: StripeServer, client: StripeClient) -> None:
        intent = await an_intent(client)

        cancelled = await client.v1.payment_intents.cancel_async(
            intent.id, {"cancellation_reason": "abandoned"}
        )

        assert (cancelled.status, cancelled.cancellation_reason) == ("canceled", "abandoned")
        with pytest.raises(InvalidRequestError) as refused:
            await client.v1.payment_intents.cancel_async(intent.id)
        assert (refused.value.http_status, refused.value.code) == (400, "payment_intent_unexpected_state")
        assert refused.value.error.payment_intent.status == "canceled"
        with pytest.raises(ApiError, match="canceled"):
            stripe.pay(intent.id)

    async def test_a_paid_intent_is_not_cancelled(self, stripe: StripeServer, client: StripeClient) -> None:
        intent = await an_intent(client)
        stripe.pay(intent.id)

        with pytest.raises(InvalidRequestError) as refused:
            await client.v1.payment_intents.cancel_async(intent.id)

        assert refused.value.error.payment_intent.status == "succeeded"

    async def test_metadata_is_merged(self, stripe: StripeServer, client: StripeClient) -> None:
        intent = await an_intent(client, metadata={"order_id": "an order", "attempt": "1"})
        stripe.pay(intent.id)

        await client.v1.payment_intents.update_async(intent.id, {"metadata": {"attempt": "", "note": "late"}})

        assert stripe.intents[intent.id]["metadata"] == {"order_id": "an order", "note": "late"}
        with pytest.raises(InvalidRequestError) as refused:
            await client.v1.payment_intents.update_async(intent.id, {"amount": 900})
        assert refused.value.code == "payment_intent_unexpected_state"

    async def test_lists_go_back_page_by_page(self, stripe: StripeServer, client: StripeClient) -> None:
        intents = [(await an_intent(client)).id for _ in range(3)]
        later = stripe.clock.now() + timedelta(hours=1)
        stripe.clock.advance(hours=1)
        intents += [(await an_intent(client)).id for _ in range(2)]

        listed = client.v1.payment_intents
        first = await listed.list_async({"limit": 2})
        second = await listed.list_async({"limit": 2, "starting_after": first.data[-1].id})
        last = await listed.list_async({"limit": 2, "starting_after": second.data[-1].id})
        recent = await listed.list_async({"created": {"gte": int(later.timestamp())}})
        before = await listed.list_async({"limit": 1, "ending_before": intents[1]})

        assert [each.id for page in (first, second, last) for each in page.data] == intents[::-1]
        assert [first.has_more, second.has_more, last.has_more] == [True, True, False]
        assert not (await listed.list_async({"limit": 5})).has_more
        assert [each.id for each in recent.data] == intents[:2:-1]
        assert ([each.id for each in before.data], before.has_more) == ([intents[2]], True)
        assert [each.id async for each in first.auto_paging_iter()] == intents[::-1]
        with pytest.raises(InvalidRequestError):
            await listed.list_async({"limit": 101})
        with pytest.raises(InvalidRequestError) as unknown:
            await listed.list_async({"starting_after": "pi_unknown"})
        assert (unknown.value.code, unknown.value.param) == ("resource_missing", "starting_after")


class TestRequests:
    async def test_a_wrong_key_is_refused(self, stripe: StripeServer) -> None:
        async with stripe_client(stripe.url, f"{stripe.secret_key}0") as stranger:
            with pytest.raises(AuthenticationError) as refused:
                await an_intent(stranger)

        assert refused.value.http_status == 401
        assert stripe.secret_key not in str(refused.value)
        assert (await _get(f"{stripe.url}/v1/payment_intents")).status_code == 401
        assert not stripe.intents

    async def test_unknown_objects_and_addresses_are_not_found(
        self, stripe: StripeServer, client: StripeClient
    ) -> None:
        for retrieve in (
            client.v1.payment_intents.retrieve_async,
            client.v1.refunds.retrieve_async,
            client.v1.charges.retrieve_async,
            client.v1.events.retrieve_async,
        ):
            with pytest.raises(InvalidRequestError) as missing:
                await retrieve("pi_unknown")
            assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")

        answer = await _get(f"{stripe.url}/v1/unknown")
        assert (answer.status_code, answer.json()["error"]["type"]) == (404, "invalid_request_error")

    async def test_requests_are_kept_without_the_key(
        self, stripe: StripeServer, client: StripeClient
    ) -> None:
        await client.v1.payment_intents.create_async(
            {"amount": 1250, "currency": "eur", "automatic_payment_methods": {"enabled": True}},
            {"idempotency_key": "a key", "stripe_version": "2024-06-20"},
        )

        (received,) = stripe.requests
        assert (received.operation, received.status) == ("payment_intents.create", 200)
        assert received.parameters["automatic_payment_methods"] == {"enabled": "true"}
        assert received.idempotency_key == "a key"
        assert received.headers["stripe-version"] == "2024-06-20"
        assert stripe.secret_key not in str(received)


async def _get(url: str) -> httpx.Response:
    async with httpx.AsyncClient() as stranger:
        return await stranger.get(url)
