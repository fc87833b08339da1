"""Refunds (`/v1/refunds`), and their later success or failure at the bank.

The amount counts as refunded from the creation of the refund, even while it is pending. If the refund fails, the amount
can be refunded again.
"""

from tests.stripe_server.account import Account
from tests.stripe_server.charges import holds_money
from tests.stripe_server.errors import StripeObject, invalid_request
from tests.stripe_server.listing import Window
from tests.stripe_server.money import check_step, written
from tests.stripe_server.parameters import Parameters, merged

_REASONS = ("duplicate", "fraudulent", "requested_by_customer")


def create(account: Account, parameters: Parameters, _: str) -> StripeObject:
    intent_id = parameters.text("payment_intent")
    charge_id = parameters.text("charge")
    amount = parameters.integer("amount", least=1)
    reason = parameters.one_of("reason", _REASONS)
    metadata = parameters.metadata()
    parameters.done()

    if intent_id is not None:
        charge = charge_of(account, intent_id)
    elif charge_id is not None:
        charge = account.charge(charge_id)
    else:
        raise invalid_request(
            "One of the following params should be provided for this request: payment_intent or charge."
        )
    return refund_charge(account, charge, amount, reason, merged({}, metadata))


def charge_of(account: Account, intent_id: str) -> StripeObject:
    """Return the charge that captured the intent's money. Refused if there is none."""
    intent = account.intent(intent_id, "payment_intent")
    if intent["status"] != "succeeded":
        raise invalid_request(
            f"This PaymentIntent ({intent_id}) does not have a successful charge to refund.",
            param="payment_intent",
        )
    return account.charge(intent["latest_charge"])


def refund_charge(
    account: Account,
    charge: StripeObject,
    amount: int | None = None,
    reason: str | None = None,
    metadata: dict[str, str] | None = None,
) -> StripeObject:
    """Refund this amount in minor units, or what is left of the charge. Return the refund."""
    left = charge["amount_captured"] - charge["amount_refunded"]
    _check_refundable(account, charge, amount, left)
    status = account.next_refund_statuses.popleft() if account.next_refund_statuses else "succeeded"
    refund: StripeObject = {
        "id": account.new_id("re"),
        "object": "refund",
        "amount": left if amount is None else amount,
        "balance_transaction": account.new_id("txn"),
        "charge": charge["id"],
        "created": account.now(),
        "currency": charge["currency"],
        "metadata": metadata or {},
        "payment_intent": charge["payment_intent"],
        "pending_reason": "processing" if status == "pending" else None,
        "reason": reason,
        "receipt_number": None,
        "status": status,
    }
    account.refunds[refund["id"]] = refund
    _add_refunded(charge, refund["amount"])
    account.happened("refund.created", refund)
    account.happened("charge.refunded", charge)
    return refund


def _check_refundable(account: Account, charge: StripeObject, amount: int | None, left: int) -> None:
    identifier, currency = charge["id"], charge["currency"]
    if not charge["captured"]:
        raise invalid_request(f"Charge {identifier} has not been captured; cannot issue a refund.")
    if holds_money(account, charge):
        raise invalid_request(
            f"Charge {identifier} has been charged back; cannot issue a refund.", code="charge_disputed"
        )
    if left == 0:
        raise invalid_request(
            f"Charge {identifier} has already been refunded.", code="charge_already_refunded"
        )
    if amount is not None:
        check_step(amount, currency)
    if amount is not None and amount > left:
        raise invalid_request(
            f"Refund amount ({written(amount, currency)}) is greater than unrefunded amount on charge "
            f"({written(left, currency)})",
            param="amount",
        )


def _add_refunded(charge: StripeObject, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]


def settle(account: Account, refund: StripeObject, failure: str | None = None) -> None:
    """Let the refund succeed, or fail for this reason. Even a refund that has succeeded may fail later."""
    before = {"status": refund["status"]}
    refund["pending_reason"] = None
    if failure is None:
        refund["status"] = "succeeded"
        account.happened("refund.updated", refund, before)
        return
    refund |= {
        "status": "failed",
        "failure_reason": failure,
        "failure_balance_transaction": account.new_id("txn"),
    }
    _add_refunded(account.charges[refund["charge"]], -refund["amount"])
    account.happened("refund.updated", refund, before)
    account.happened("refund.failed", refund)


def retrieve(account: Account, parameters: Parameters, identifier: str) -> StripeObject:
    parameters.done()

    return account.refund(identifier)


def list_all(account: Account, parameters: Parameters, _: str) -> StripeObject:
    window = Window.read(parameters)
    wanted = {name: parameters.text(name) for name in ("payment_intent", "charge")}
    parameters.done()

    return window.page(
        account.refunds,
        "/v1/refunds",
        lambda refund: all(value in (None, refund[name]) for name, value in wanted.items()),
    )
