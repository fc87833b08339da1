"""The payment providers of a shop, and which of them is meant."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import ClassVar

from shop.application.ports.payments import PaymentProvider
from shop.domain.errors import ShopError, ValidationFailed
from shop.domain.payments.payment import Payment, PaymentMethod


class PaymentElsewhere(ShopError):
    """The shop takes no payments any more where this one was made: its money can only go back there."""

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
        """Let every provider learn which account it speaks for. Never raises."""
        await asyncio.gather(*(provider.open() for provider in self._providers))

    @property
    def time_budget(self) -> timedelta:
        """The longest of the providers' time budgets."""
        return max(provider.time_budget for provider in self._providers)

    def offered(self, method: PaymentMethod | None) -> PaymentProvider:
        """Return the provider of the method that a buyer names, or the preferred one.

        Raises ValidationFailed when the shop does not take payments by this method.
        """
        if method is None:
            return self._providers[0]
        for provider in self._providers:
            if provider.method is method:
                return provider
        offered = " or ".join(provider.method.value for provider in self._providers)
        raise ValidationFailed({"paymentMethod": f"must be {offered}"})

    def named(self, name: str) -> PaymentProvider:
        """Return the provider of this name, which the shop must have."""
        return next(each for each in self._providers if each.name == name)

    def of_method(self, method: PaymentMethod) -> PaymentProvider:
        """Return the provider that an order by this method is paid at now: the preferred one if its own is gone."""
        return next((each for each in self._providers if each.method is method), self._providers[0])

    def having(self, payment: Payment) -> PaymentProvider | None:
        """Return the provider that has this payment; None if it was made where the shop takes no payments now."""
        return next((each for each in self._providers if each.account.may_have(payment)), None)
