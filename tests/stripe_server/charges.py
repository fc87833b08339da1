"""Charges (`/v1/charges`), which are attempts to take an intent's money, and their disputes (`/v1/disputes`)."""

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


def open_dispute(
    account: Account, charge: StripeObject, amount: int, reason: str, *, inquiry: bool
) -> StripeObject:
    """Open a dispute, as when a customer complains to the bank: Stripe withdraws the amount until the bank decides.

    In an inquiry the bank only asks, and nothing is withdrawn. Return the dispute.
    """
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
        "is_charge_refundable": inquiry,
        "livemode": account.livemode,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }
    account.disputes[dispute["id"]] = dispute
    charge["disputed"] = True
    account.happened("charge.dispute.created", dispute)
    if not inquiry:
        _move_funds(account, dispute, -amount, "charge.dispute.funds_withdrawn")
    return dispute


def update_dispute(account: Account, dispute: StripeObject, status: str) -> None:
    """Change the status: evidence was submitted, or an inquiry became a dispute, which withdraws the amount."""
    before = {"status": dispute["status"]}
    dispute["status"] = status
    dispute["is_charge_refundable"] = status.startswith("warning")
    account.happened("charge.dispute.updated", dispute, before)
    if before["status"].startswith("warning") and not status.startswith("warning"):
        _move_funds(account, dispute, -dispute["amount"], "charge.dispute.funds_withdrawn")


def close_dispute(account: Account, dispute: StripeObject, status: str) -> None:
    """End a dispute: `won` reinstates the amount, even after `lost`; `warning_closed` ends an inquiry."""
    dispute["status"] = status
    if status == "won":
        _move_funds(account, dispute, dispute["amount"], "charge.dispute.funds_reinstated")
    account.happened("charge.dispute.closed", dispute)


def holds_money(account: Account, charge: StripeObject) -> bool:
    """Return whether a dispute prevents a refund of the charge."""
    return any(
        each["charge"] == charge["id"] and each["status"] in ("needs_response", "under_review", "lost")
        for each in account.disputes.values()
    )


def _move_funds(account: Account, dispute: StripeObject, amount: int, event: str) -> None:
    transaction = {"id": account.new_id("txn"), "object": "balance_transaction", "amount": amount}
    dispute["balance_transactions"].append(transaction)
    account.happened(event, dispute)
