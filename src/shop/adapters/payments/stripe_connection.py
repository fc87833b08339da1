"""The connection to Stripe: its client, time limits and pages."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any, Final, TypeAlias, TypeVar

import stripe

from shop.adapters.payments.stripe_errors import meaning_of
from shop.adapters.payments.stripe_statements import read
from shop.domain.payments.payment import PaymentUnavailable

API_VERSION: Final = "2026-08-26.dahlia"
"""The last version with `payment_method_types`, which rejects unavailable types.

Its replacement, `allowed_payment_method_types`, silently omits them.
"""
TIMEOUT_SECONDS: Final = 10.0
_T = TypeVar("_T")

ObserveCall: TypeAlias = Callable[[str], AbstractContextManager[object]]
"""Wraps a call to Stripe including retries; named as in Stripe's libraries: `refunds.create`."""


class StripeConnection:
    """Calls Stripe. Its connections belong to the event loop in which the first request is made."""

    def __init__(self, secret_key: str, api_base: str, observe: ObserveCall, time_budget: timedelta) -> None:
        self._secret_key = secret_key
        self._api_base = api_base
        self._observe = observe
        self._time_budget = time_budget
        self._client: stripe.StripeClient | None = None
        self._http: stripe.HTTPXClient | None = None

    @property
    def services(self) -> stripe.V1Services:
        """Return Stripe's services, on connections of the running event loop."""
        if self._client is None:
            self._http = stripe.HTTPXClient(timeout=TIMEOUT_SECONDS)
            self._client = stripe.StripeClient(
                self._secret_key,
                http_client=self._http,
                base_addresses={"api": self._api_base},
                stripe_version=API_VERSION,
                max_network_retries=1,
            )
        return self._client.v1

    async def close(self) -> None:
        """Close the connections. The next request opens new ones, on the event loop running then."""
        if self._http is not None:
            await self._http.close_async()  # type: ignore[no-untyped-call]
            self._client = self._http = None

    async def listed(
        self,
        operation: str,
        first_page: Awaitable[stripe.ListObject[Any]],
        statement_of: Callable[[dict[str, Any]], _T],
    ) -> AsyncIterator[_T]:
        """Yield the items of the first page and of all later pages. Raises the port's errors."""
        try:
            page = await self.ask(operation, first_page)
            while True:
                for each in page.data:
                    yield read(statement_of, each)
                if not page.has_more:
                    return
                page = await self.ask(operation, page.next_page_async())
        except stripe.StripeError as error:
            raise meaning_of(error) from None

    async def ask(self, operation: str, call: Awaitable[_T]) -> _T:
        """Await a call. Raises PaymentUnavailable after the time budget; Stripe's errors pass through."""
        try:
            with self._observe(operation):
                async with asyncio.timeout(self._time_budget.total_seconds()):
                    return await call
        except TimeoutError:
            raise PaymentUnavailable("The payment provider did not answer in time.", retry_after=1) from None
