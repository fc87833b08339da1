"""The payment providers of a shop, and how one is selected."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import ClassVar

from shop.application.ports.payments import PaymentProvider
from shop.domain.errors import ShopError, ValidationFailed
from shop.domain.payments.payment import Payment, PaymentMethod


class PaymentElsewhere(ShopError):
    """The payment's provider or account is no longer configured, and only that account can refund it."""

    code: ClassVar[str] = "PAYMENT_ELSEWHERE"

    def __init__(self, payment: Payment) -> None:
        super().__init__(
            f"The payment was made at {payment.provider}, in an account that the shop no longer uses: refund it there.",
            {"provider": payment.provider},
        )


class PaymentProviders:
    """The providers that take the shop's payments, the preferred one first; one per payment method."""

    def __init__(self, *providers: PaymentProvider) -> None:
        assert providers
        assert len({provider.method for provider in providers}) == len(providers), "two of one method"
        self._providers: Sequence[PaymentProvider] = providers

    def __iter__(self) -> Iterator[PaymentProvider]:
        return iter(self._providers)

    async def open(self) -> None:
        """Let every provider look up its account. Never raises."""
        await asyncio.gather(*(provider.open() for provider in self._providers))

    @property
    def time_budget(self) -> timedelta:
        """Return the longest of the providers' time budgets."""
        return max(provider.time_budget for provider in self._providers)

    def offered(self, method: PaymentMethod | None) -> PaymentProvider:
        """Return the provider of this payment method, or the preferred provider if it is None.

        Raises ValidationFailed when the shop does not take payments by this method.
        """
        if method is None:
            return self._providers[0]
        for provider in self._providers:
            if provider.method is method:
                return provider
        offered = " or ".join(provider.method.value for provider in self._providers)
        raise ValidationFailed({"payment_method": f"must be {offered}"})

    def named(self, name: str) -> PaymentProvider:
        """Return the provider with this name, which must be configured."""
        return next(each for each in self._providers if each.name == name)

    def of_method(self, method: PaymentMethod) -> PaymentProvider:
        """Return the provider of the order's payment method; the preferred one if that provider was removed."""
        return next((each for each in self._providers if each.method is method), self._providers[0])

    def having(self, payment: Payment) -> PaymentProvider | None:
        """Return the provider that holds this payment; None if its provider or account is no longer configured."""
        return next((each for each in self._providers if each.account.may_have(payment)), None)
