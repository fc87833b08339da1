"""Changes the state of payments: success, decline, processing, required action and cancellation.

The API uses these functions to confirm and cancel, and so does a test that acts as the customer, the dashboard or the
banks.
"""

import copy
from typing import Final

from tests.stripe_server.account import Account
from tests.stripe_server.errors import ApiError, StripeObject, invalid_request, unexpected_state
from tests.stripe_server.payment_methods import Decline, Outcome, TestMethod, find_method, keep_method

CONFIRMABLE: Final = ("requires_payment_method", "requires_confirmation", "requires_action")
CANCELLABLE: Final = (
    "requires_payment_method",
    "requires_capture",
    "requires_confirmation",
    "requires_action",
)


def confirm(account: Account, intent: StripeObject, identifier: str | None) -> None:
    """Confirm the intent with the method of this name or id, or with its own method.

    If the card is declined, raises its error; the intent has changed nevertheless.
    """
    _check_confirmable(intent)
    identifier = identifier or intent["payment_method"]
    if identifier is None:
        raise unexpected_state(
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update "
            "the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with "
            "a payment method or ConfirmationToken.",
            copy.deepcopy(intent),
        )
    method = find_method(account, identifier)
    if intent["automatic_payment_methods"] is None and method.kind not in intent["payment_method_types"]:
        raise invalid_request(
            f"The PaymentMethod provided ({method.kind}) is not allowed for this PaymentIntent. Please attach a "
            f"PaymentMethod of one of the following types: {', '.join(intent['payment_method_types'])}.",
            code="payment_intent_incompatible_payment_method",
        )
    intent |= {
        "payment_method": keep_method(account, identifier),
        "next_action": None,
        "last_payment_error": None,
    }
    if method.outcome is Outcome.REQUIRES_ACTION:
        _require_action(account, intent)
    elif method.outcome is Outcome.PROCESSING:
        _process(account, intent, method)
    elif method.outcome is Outcome.DECLINED:
        raise fail(account, intent, _charge(account, intent, method), method.decline)
    else:
        succeed(account, intent, _charge(account, intent, method))


def _check_confirmable(intent: StripeObject) -> None:
    if intent["status"] in CONFIRMABLE:
        return
    if intent["status"] == "succeeded":
        message = (
            "You cannot confirm this PaymentIntent because it has already succeeded after being previously "
            "confirmed."
        )
    else:
        message = (
            f"You cannot confirm this PaymentIntent because it has a status of {intent['status']}. Only a "
            f"PaymentIntent with one of the following statuses may be confirmed: {', '.join(CONFIRMABLE)}."
        )
    raise unexpected_state(message, copy.deepcopy(intent))


def _require_action(account: Account, intent: StripeObject) -> None:
    intent["status"] = "requires_action"
    intent["next_action"] = {
        "type": "use_stripe_sdk",
        "use_stripe_sdk": {"type": "three_d_secure_redirect"},
    }
    account.happened("payment_intent.requires_action", intent)


def _process(account: Account, intent: StripeObject, method: TestMethod) -> None:
    intent["status"] = "processing"
    charge = _charge(account, intent, method)
    account.happened("charge.pending", charge)
    account.happened("payment_intent.processing", intent)


def succeed(account: Account, intent: StripeObject, charge: StripeObject) -> None:
    """Capture the money of the charge."""
    charge |= {
        "status": "succeeded",
        "paid": True,
        "captured": True,
        "amount_captured": charge["amount"],
        "balance_transaction": account.new_id("txn"),
    }
    intent |= {"status": "succeeded", "amount_received": intent["amount"], "next_action": None}
    account.happened("charge.succeeded", charge)
    account.happened("payment_intent.succeeded", intent)


def fail(account: Account, intent: StripeObject, charge: StripeObject, decline: Decline) -> ApiError:
    """Let the charge fail; the customer may try another method. Return the error that answers the confirmation."""
    method = {"id": charge["payment_method"], "object": "payment_method", **charge["payment_method_details"]}
    charge |= {
        "status": "failed",
        "paid": False,
        "failure_code": decline.code,
        "failure_message": decline.message,
    }
    error = ApiError(
        402,
        "card_error" if charge["payment_method_details"]["type"] == "card" else "invalid_request_error",
        decline.message,
        code=decline.code,
        decline_code=decline.decline_code,
        charge=charge["id"],
        payment_method=method,
    )
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "next_action": None,
        "last_payment_error": copy.deepcopy(error.error),
    }
    account.happened("charge.failed", charge)
    account.happened("payment_intent.payment_failed", intent)
    error.error["payment_intent"] = copy.deepcopy(intent)
    return error


def cancel(account: Account, intent: StripeObject, reason: str | None) -> None:
    """Cancel the intent. Refused if it has succeeded, is cancelled or is processing."""
    if intent["status"] not in CANCELLABLE:
        raise unexpected_state(
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. Only a "
            f"PaymentIntent with one of the following statuses may be canceled: {', '.join(CANCELLABLE)}.",
            copy.deepcopy(intent),
        )
    intent |= {
        "status": "canceled",
        "canceled_at": account.now(),
        "cancellation_reason": reason,
        "next_action": None,
    }
    account.happened("payment_intent.canceled", intent)


def _charge(account: Account, intent: StripeObject, method: TestMethod) -> StripeObject:
    """Store a new pending charge of the intent, and return it."""
    charge: StripeObject = {
        "id": account.new_id("ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "balance_transaction": None,
        "captured": False,
        "created": account.now(),
        "currency": intent["currency"],
        "customer": None,
        "description": intent["description"],
        "disputed": False,
        "failure_code": None,
        "failure_message": None,
        "livemode": account.livemode,
        "metadata": dict(intent["metadata"]),
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": intent["payment_method"],
        "payment_method_details": method.details(),
        "receipt_email": intent["receipt_email"],
        "refunded": False,
        "status": "pending",
    }
    account.charges[charge["id"]] = charge
    intent["latest_charge"] = charge["id"]
    return charge
