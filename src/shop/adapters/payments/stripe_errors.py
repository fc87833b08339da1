"""What Stripe's errors mean to the shop."""

import stripe
import structlog

from shop.domain.payments.payment import PaymentDeclined, PaymentRejected, PaymentUnavailable

_log = structlog.get_logger("shop.payments")


def meaning_of(error: stripe.StripeError) -> Exception:
    """The port's word for an error. Never raised from it: its body may hold a client secret."""
    if isinstance(error, stripe.CardError):
        return PaymentDeclined("The payment was declined.")
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        _log.error("stripe_refuses_our_key", status=error.http_status, stripe_request=error.request_id)
        return PaymentUnavailable("The payment provider does not let the shop in.", retry_after=60)
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
