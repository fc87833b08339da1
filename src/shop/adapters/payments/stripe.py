"""Payments by Stripe: https://docs.stripe.com/payments/payment-intents.

An intent is created unconfirmed, with an idempotency key per order and attempt; the customer's browser confirms
it with the client secret. Its state is always retrieved from Stripe, never taken from a webhook's body.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NotRequired

import stripe
import structlog

from shop.adapters.payments import stripe_amounts
from shop.adapters.payments.signatures import verify
from shop.adapters.payments.stripe_connection import TIMEOUT_SECONDS, ObserveCall, StripeConnection
from shop.adapters.payments.stripe_errors import meaning_for_refund, meaning_of
from shop.adapters.payments.stripe_statements import (
    EVENT_TYPES,
    dispute_of,
    event_of,
    intent_metadata,
    intent_of,
    listed_event_of,
    read,
    refund_metadata,
    refund_of,
    seconds_of,
)
from shop.application.ports.payments import ProviderDispute, ProviderEvent, ProviderRefund
from shop.application.ports.system import Clock
from shop.domain.payments.payment import (
    Intent,
    PaymentAttemptSpoiled,
    PaymentMethod,
    PaymentUnavailable,
    ProviderAccount,
)
from shop.domain.payments.refund import Refund

if TYPE_CHECKING:
    from stripe.params import (
        DisputeListParams,
        EventListParams,
        PaymentIntentCreateParams,
        PaymentIntentListParams,
        RefundCreateParams,
        RefundListParams,
    )

    class _IntentParams(PaymentIntentCreateParams):
        """The SDK's parameters plus those that the pinned API version accepts and the SDK's version has dropped."""

        payment_method_types: NotRequired[list[str]]


AUTOMATIC: Final = "automatic"
"""In place of a list of payment method types: Stripe offers every type that is enabled in its dashboard."""
_OPENING_SECONDS: Final = 2.0
"""The time limit for reading the account's id from Stripe at startup."""
_PAGE_SIZE: Final = 100
_KEY_RETENTION: Final = timedelta(hours=12)
"""Stripe forgets an idempotency key after a day: an older refund is looked up before it is created again."""
_log = structlog.get_logger("shop.payments")


class StripePayments:
    """See the PaymentProvider port.

    A request is retried once, with the same idempotency key, if its response is lost or is a 5xx.
    """

    name = "stripe"
    method = PaymentMethod.CARD
    keeps_books = True
    order_term = None
    time_budget = timedelta(seconds=TIMEOUT_SECONDS + 2)

    def __init__(
        self,
        secret_key: str,
        webhook_secrets: Sequence[str],
        payment_method_types: Sequence[str],
        api_base: str,
        clock: Clock,
        observe: ObserveCall = nullcontext,
    ) -> None:
        self._webhook_secrets = webhook_secrets
        self._payment_method_types = list(payment_method_types)
        self._clock = clock
        self._connection = StripeConnection(secret_key, api_base, observe, self.time_budget)
        self._is_live = secret_key.startswith(("sk_live_", "rk_live_"))
        self._account_id: str | None = None

    @property
    def account(self) -> ProviderAccount:
        """Return the key's mode and, once `open` has read it, the account's id."""
        known = ("live" if self._is_live else "test", self._account_id)
        return ProviderAccount(self.name, ":".join(filter(None, known)))

    async def open(self) -> None:
        """Read the account's id. A restricted key may not; then payments are distinguished by mode only."""
        try:
            async with asyncio.timeout(_OPENING_SECONDS):
                asked = self._connection.services.accounts.retrieve_current_async()
                self._account_id = (await self._connection.ask("accounts.retrieve", asked)).id
        except (stripe.StripeError, PaymentUnavailable, TimeoutError) as error:
            _log.warning("stripe_account_unknown", reason=type(error).__name__)

    async def close(self) -> None:
        """Close the connections to Stripe. The next request opens new ones, on the event loop running then."""
        await self._connection.close()

    def instructions(self, number: str, total: int, currency: str) -> None:
        """Return None: Stripe's form has all the instructions."""

    def ensure_payable(self, amount: int, currency: str) -> None:
        stripe_amounts.ensure_payable(amount, currency)

    def ensure_refundable(self, amount: int, currency: str) -> None:
        stripe_amounts.to_stripe(amount, currency)

    async def create_intent(self, order_id: str, attempt: int, amount: int, currency: str) -> Intent:
        params: _IntentParams = {
            "amount": stripe_amounts.to_stripe(amount, currency),
            "currency": currency.lower(),
            "metadata": intent_metadata(order_id, attempt),
        }
        if self._payment_method_types == [AUTOMATIC]:
            params["automatic_payment_methods"] = {"enabled": True}
        else:
            params["payment_method_types"] = self._payment_method_types
        try:
            made = await self._connection.ask(
                "payment_intents.create",
                self._intents.create_async(params, {"idempotency_key": f"{order_id}:{attempt}"}),
            )
        except stripe.APIError as error:
            if error.http_status == 500:  # Stripe stores the result under the key and replays it for a day.
                raise PaymentAttemptSpoiled("The payment provider failed.", retry_after=1) from None
            raise meaning_of(error) from None
        except stripe.StripeError as error:
            raise meaning_of(error) from None
        return read(intent_of, made)

    async def intent(self, intent_id: str) -> Intent | None:
        try:
            found = await self._connection.ask(
                "payment_intents.retrieve",
                self._intents.retrieve_async(intent_id, {"expand": ["latest_charge"]}),
            )
        except stripe.StripeError as error:
            if error.http_status == 404:
                return None
            raise meaning_of(error) from None
        return read(intent_of, found)

    async def intents_of(self, order_id: str, since: datetime) -> list[Intent]:
        made = [intent async for intent in self._listed_intents({"gte": seconds_of(since)})]
        return [intent for intent in reversed(made) if intent.order_id == order_id]

    async def intents_between(self, start: datetime, end: datetime) -> AsyncIterator[Intent]:
        async for intent in self._listed_intents({"gte": seconds_of(start), "lt": seconds_of(end)}):
            yield intent

    async def cancel_intent(self, intent_id: str) -> Intent | None:
        try:
            cancelled = await self._connection.ask(
                "payment_intents.cancel", self._intents.cancel_async(intent_id)
            )
        except stripe.StripeError as error:
            # Unknown, already cancelled or paid, or processing at the bank: the current state decides.
            if error.http_status in {400, 404}:
                return await self.intent(intent_id)
            raise meaning_of(error) from None
        return read(intent_of, cancelled)

    async def refund(self, refund: Refund, currency: str) -> ProviderRefund:
        if (made := await self._existing_refund(refund)) is not None:
            return made
        params: RefundCreateParams = {
            "payment_intent": refund.intent_id,
            "amount": stripe_amounts.to_stripe(refund.amount, currency),
            "metadata": refund_metadata(refund),
        }
        try:
            created = await self._connection.ask(
                "refunds.create", self._refunds.create_async(params, {"idempotency_key": refund.id})
            )
        except stripe.IdempotencyError as error:
            # The key was used with other parameters: an earlier version of the shop requested the refund.
            if (made := await self._listed_refund(refund)) is not None:
                return made
            raise meaning_of(error) from None
        except stripe.StripeError as error:
            raise meaning_for_refund(error) from None
        return read(refund_of, created)

    async def _existing_refund(self, refund: Refund) -> ProviderRefund | None:
        """Return the refund that Stripe has; None if there is none, or the idempotency key will find it."""
        if refund.provider_refund_id is not None:
            try:
                found = await self._connection.ask(
                    "refunds.retrieve", self._refunds.retrieve_async(refund.provider_refund_id)
                )
            except stripe.StripeError as error:
                raise meaning_of(error) from None
            return read(refund_of, found)
        if self._clock.now() - refund.created_at < _KEY_RETENTION:
            return None  # If it exists, the idempotency key finds it.
        return await self._listed_refund(refund)

    async def _listed_refund(self, refund: Refund) -> ProviderRefund | None:
        """Return Stripe's refund with our refund's id in its metadata; None if its payment has none."""
        refunds = await self.refunds_of(refund.intent_id)
        return next((each for each in refunds if each.refund_id == refund.id), None)

    async def refunds_of(self, intent_id: str) -> list[ProviderRefund]:
        params: RefundListParams = {"payment_intent": intent_id, "limit": _PAGE_SIZE}
        pages = self._refunds.list_async(params)
        return [each async for each in self._connection.listed("refunds.list", pages, refund_of)]

    async def disputes_of(self, intent_id: str) -> list[ProviderDispute]:
        params: DisputeListParams = {"payment_intent": intent_id, "limit": _PAGE_SIZE}
        pages = self._connection.services.disputes.list_async(params)
        return [each async for each in self._connection.listed("disputes.list", pages, dispute_of)]

    def verify_event(self, payload: bytes, signature: str, at: datetime) -> ProviderEvent:
        verify(payload, signature, self._webhook_secrets, at)
        event, is_live = event_of(payload)
        if is_live is not self._is_live:
            _log.warning("webhook_of_other_mode", event_id=event.id, livemode=is_live)
            return ProviderEvent(event.id, None)
        return event

    async def events_since(self, moment: datetime) -> AsyncIterator[ProviderEvent]:
        params: EventListParams = {
            "types": list(EVENT_TYPES),
            "created": {"gte": seconds_of(moment)},
            "limit": _PAGE_SIZE,
        }
        pages = self._connection.services.events.list_async(params)
        async for each in self._connection.listed("events.list", pages, listed_event_of):
            yield each

    async def _listed_intents(self, created: Any) -> AsyncIterator[Intent]:
        params: PaymentIntentListParams = {
            "created": created,
            "limit": _PAGE_SIZE,
            "expand": ["data.latest_charge"],
        }
        pages = self._intents.list_async(params)
        async for each in self._connection.listed("payment_intents.list", pages, intent_of):
            yield each

    @property
    def _intents(self) -> stripe.PaymentIntentService:
        return self._connection.services.payment_intents

    @property
    def _refunds(self) -> stripe.RefundService:
        return self._connection.services.refunds
