"""Webhook signatures in Stripe's scheme: `t=<unix seconds>,v1=<HMAC-SHA256 of "t.payload" in hex>`.

Age is checked against the given clock, so that tests control it.
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from shop.domain.payments.payment import WebhookRejected

TOLERANCE_SECONDS: Final = 300


def sign(payload: bytes, secret: str, at: datetime) -> str:
    """Return the signature header for a payload sent at this time."""
    seconds = int(at.timestamp())
    return f"t={seconds},v1={_digest(payload, secret, seconds)}"


def verify(payload: bytes, header: str, secrets: Sequence[str], at: datetime) -> None:
    """Raise WebhookRejected unless one of the secrets signed the payload within TOLERANCE_SECONDS of now."""
    parts = [part.partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name.strip() == "t"]
    signatures = [value.strip() for name, _, value in parts if name.strip() == "v1"]
    if (
        len(times) != 1
        or not times[0].isascii()
        or not times[0].isdigit()
        or len(times[0]) > 12
        or not signatures
    ):
        raise WebhookRejected("The webhook's signature header is missing or malformed.")
    seconds = int(times[0])
    known = [_digest(payload, secret, seconds) for secret in secrets]
    if not any(
        hmac.compare_digest(signature.encode(), digest.encode())
        for signature in signatures
        for digest in known
    ):
        raise WebhookRejected("The webhook's signature is wrong.")
    if abs(at.timestamp() - seconds) > TOLERANCE_SECONDS:
        raise WebhookRejected("The webhook is too old.")


def _digest(payload: bytes, secret: str, seconds: int) -> str:
    return hmac.new(secret.encode(), b"%d." % seconds + payload, hashlib.sha256).hexdigest()
