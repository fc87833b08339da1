"""Signatures of messages, as Standard Webhooks defines them."""

import base64
import hmac
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from shop.domain.outbox.webhook import SECRET_PREFIX


def signature_headers(message_id: str, at: datetime, body: bytes, secrets: Iterable[str]) -> dict[str, str]:
    """Return the headers of a message that is signed with each of the secrets."""
    timestamp = str(int(at.timestamp()))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(secret, signed) for secret in secrets),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return "v1," + base64.b64encode(hmac.digest(key, signed, sha256)).decode()
