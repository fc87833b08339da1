"""Charges, the attempts to take an intent's money: `/v1/charges`; and their disputes: `/v1/disputes`."""

from tests.stripe_server.account import Account
from tests.stripe_server.errors import StripeObject
from tests.stripe_server.listing import Window
from tests.stripe_server.parameters import Parameters


def retrieve(account: Account, parameters: Parameters, identifier: str) -> StripeObject:
    parameters.done()

    return account.charge(identifier)


def list_all(account: Account, parameters: Parameters, _: str) -> StripeObject:
    return _of_intent(account.charges, "/v1/charges", parameters)


def retrieve_dispute(account: Account, parameters: Parameters, identifier: str) -> StripeObject:
    parameters.done()

    return account.dispute(identifier)


def list_disputes(account: Account, parameters: Parameters, _: str) -> StripeObject:
    return _of_intent(account.disputes, "/v1/disputes", parameters)


def _of_intent(objects: dict[str, StripeObject], url: str, parameters: Parameters) -> StripeObject:
    window = Window.read(parameters)
    intent_id = parameters.text("payment_intent")
    parameters.done()

    return window.page(objects, url, lambda each: intent_id in (None, each["payment_intent"]))


def open_dispute(account: Account, charge: StripeObject, amount: int, reason: str) -> StripeObject:
    """The customer has complained to the bank: Stripe takes the amount back until it is decided."""
    dispute: StripeObject = {
        "id": account.new_id("dp"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": account.now(),
        "currency": charge["currency"],
        "evidence": {},
        "evidence_details": {
            "due_by": account.now() + 7 * 86_400,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": account.livemode,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": "needs_response",
    }
    account.disputes[dispute["id"]] = dispute
    charge["disputed"] = True
    account.happened("charge.dispute.created", dispute)
    return dispute


def close_dispute(account: Account, dispute: StripeObject, *, won: bool) -> None:
    dispute["status"] = "won" if won else "lost"
    account.happened("charge.dispute.closed", dispute)
