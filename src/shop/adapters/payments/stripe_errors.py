"""Maps Stripe's errors to the port's errors.

Errors are never chained to Stripe's, whose body may contain a client secret.
"""

from typing import Final

import stripe
import structlog

from shop.domain.errors import ShopError
from shop.domain.payments.payment import PaymentDeclined, PaymentRejected, PaymentUnavailable

_REFUND_REFUSALS: Final = {
    "charge_already_refunded": "The payment was already refunded at the payment provider.",
    "charge_disputed": "The customer's bank disputes the payment, so it cannot be refunded.",
    "insufficient_funds": "The account at the payment provider does not have enough funds for the refund.",
    "balance_insufficient": "The account at the payment provider does not have enough funds for the refund.",
}

_log = structlog.get_logger("shop.payments")


def meaning_of(error: stripe.StripeError) -> ShopError:
    """Return the port's error for an error of Stripe's."""
    if isinstance(error, stripe.CardError):
        return PaymentDeclined("The payment was declined.")
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        _log.error("stripe_refuses_our_key", status=error.http_status, stripe_request=error.request_id)
        return PaymentUnavailable("The payment provider rejects the shop's key.", retry_after=60)
    if isinstance(error, stripe.InvalidRequestError | stripe.IdempotencyError):
        _log.error(
            "stripe_rejects_request",
            status=error.http_status,
            code=error.code,
            param=getattr(error, "param", None),
            stripe_request=error.request_id,
        )
        return PaymentRejected("The payment provider refuses the request.")
    _log.warning("stripe_unavailable", status=error.http_status, stripe_request=error.request_id)
    return PaymentUnavailable("The payment provider can't be reached or fails.", retry_after=1)


def meaning_for_refund(error: stripe.StripeError) -> ShopError:
    """Return the port's error for a refund request: what the payment does not allow counts as declined."""
    if isinstance(error, stripe.InvalidRequestError):
        if error.code in _REFUND_REFUSALS:
            return PaymentDeclined(_REFUND_REFUSALS[error.code])
        if error.param == "amount":
            return PaymentDeclined("The payment provider refuses to refund this amount.")
    return meaning_of(error)
