"""Stripe's test payment methods, and the outcome of a payment with each."""

from dataclasses import dataclass
from enum import StrEnum

from tests.stripe_server.account import Account
from tests.stripe_server.errors import StripeObject, invalid_request


class Outcome(StrEnum):
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    PROCESSING = "processing"
    REQUIRES_ACTION = "requires_action"


@dataclass(frozen=True, slots=True)
class Decline:
    """Why a payment fails: the error's code, and the card issuer's reason if there is one."""

    code: str = "card_declined"
    decline_code: str | None = "generic_decline"

    @property
    def message(self) -> str:
        return _MESSAGES.get(self.decline_code or self.code) or _MESSAGES.get(
            self.code, "The payment failed."
        )


_MESSAGES = {
    "card_declined": "Your card was declined.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "insufficient_funds": "Your card has insufficient funds.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
}


@dataclass(frozen=True, slots=True)
class TestMethod:
    """A payment method whose payments always have the same outcome."""

    __test__ = False  # tells pytest that this is not a class of tests

    outcome: Outcome
    kind: str = "card"
    decline: Decline = Decline()

    def details(self) -> StripeObject:
        if self.kind == "card":
            card = {"brand": "visa", "country": "US", "exp_month": 12, "exp_year": 2034, "last4": "4242"}
            return {"type": "card", "card": card}
        return {"type": self.kind, self.kind: {"last4": "6789"}}


def _declined(code: str, decline_code: str | None = None) -> TestMethod:
    return TestMethod(Outcome.DECLINED, decline=Decline(code, decline_code))


TEST_METHODS = {
    "pm_card_visa": TestMethod(Outcome.SUCCEEDED),
    "pm_card_mastercard": TestMethod(Outcome.SUCCEEDED),
    "pm_card_authenticationRequired": TestMethod(Outcome.REQUIRES_ACTION),
    "pm_card_chargeDeclined": _declined("card_declined", "generic_decline"),
    "pm_card_chargeCustomerFail": _declined("card_declined", "generic_decline"),
    "pm_card_visa_chargeDeclined": _declined("card_declined", "generic_decline"),
    "pm_card_visa_chargeDeclinedInsufficientFunds": _declined("card_declined", "insufficient_funds"),
    "pm_card_visa_chargeDeclinedLostCard": _declined("card_declined", "lost_card"),
    "pm_card_visa_chargeDeclinedStolenCard": _declined("card_declined", "stolen_card"),
    "pm_card_chargeDeclinedExpiredCard": _declined("expired_card"),
    "pm_card_chargeDeclinedIncorrectCvc": _declined("incorrect_cvc", "incorrect_cvc"),
    "pm_card_chargeDeclinedProcessingError": _declined("processing_error"),
    "pm_usBankAccount_success": TestMethod(Outcome.PROCESSING, "us_bank_account"),
    "pm_usBankAccount_processing": TestMethod(Outcome.PROCESSING, "us_bank_account"),
}


def find_method(account: Account, identifier: str) -> TestMethod:
    """Return the test method with this name, or with this id, which `keep_method` has returned."""
    known = TEST_METHODS.get(account.payment_methods.get(identifier, identifier))
    if known is None:
        raise invalid_request(
            f"No such PaymentMethod: '{identifier}'", code="resource_missing", param="payment_method"
        )
    return known


def keep_method(account: Account, identifier: str) -> str:
    """Return the id of the method. A test method gets a new id each time it is used."""
    find_method(account, identifier)
    if identifier in account.payment_methods:
        return identifier
    kept = account.new_id("pm")
    account.payment_methods[kept] = identifier
    return kept
