"""Signed events as Stripe sends them to the shop: `Stripe-Signature: t=…,v1=…`, one `v1` per secret.

The signature is the HMAC-SHA256 of `<t>.<payload>`. In test mode there is also a signature of the scheme `v0`, which is
not a valid one.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import httpx

from tests.stripe_server.account import Account, random_letters
from tests.stripe_server.errors import StripeObject


@dataclass(frozen=True, slots=True)
class Delivery:
    """A signed event. Post the payload unchanged: the signature covers every byte of it."""

    event_id: str
    type: str
    payload: bytes
    signature: str

    @property
    def headers(self) -> dict[str, str]:
        return {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": self.signature,
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }


def signature(payload: bytes, signing_secrets: Sequence[str], at: datetime, *, livemode: bool = True) -> str:
    """Return the value of `Stripe-Signature` for a payload that is sent at this time."""
    seconds = int(at.timestamp())
    signed = b"%d." % seconds + payload
    digests = [hmac.new(each.encode(), signed, hashlib.sha256).hexdigest() for each in signing_secrets]
    fake = [] if livemode else [f"v0={secrets.token_hex(32)}"]
    return ",".join([f"t={seconds}", *(f"v1={digest}" for digest in digests), *fake])


class Webhooks:
    """The deliveries of an account's events. Only `deliver` sends any."""

    def __init__(self, account: Account) -> None:
        self.webhook_secrets = [_new_secret()]
        """Every delivery is signed with each of these. The newest is first."""
        self._account = account

    @property
    def webhook_secret(self) -> str:
        return self.webhook_secrets[0]

    def roll_webhook_secret(self) -> str:
        """Create and return a new secret. The old ones also sign until `expire_old_webhook_secrets()`."""
        self.webhook_secrets.insert(0, _new_secret())
        return self.webhook_secret

    def expire_old_webhook_secrets(self) -> None:
        del self.webhook_secrets[1:]

    def deliveries(
        self,
        *types: str,
        of: str | None = None,
        at: datetime | None = None,
        signing_secrets: Sequence[str] | None = None,
    ) -> list[Delivery]:
        """Return all events so far, delivered or not, oldest first.

        With `types`, only events of these types; with `of`, only events about this object or the objects of this
        intent. `at` and `signing_secrets` sign with another time or other secrets.
        """
        with self._account.lock:
            events = list(self._account.events.values())
            return [
                self._delivery(event, at, signing_secrets)
                for event in events
                if (not types or event["type"] in types) and of in (None, *_subjects(event))
            ]

    def undelivered(self) -> list[Delivery]:
        """Return the deliveries that `deliver` would post."""
        with self._account.lock:
            return [self._delivery(self._account.events[each]) for each in self._account.undelivered]

    async def deliver(self, url: str) -> list[int | None]:
        """Post the undelivered events in order. Return the statuses of the answers; None where there was no answer.

        An event is delivered if the status is 200 to 299. Otherwise the next call posts it again.
        """
        statuses: list[int | None] = []
        async with httpx.AsyncClient() as client:
            for due in self.undelivered():
                try:
                    answer = await client.post(url, content=due.payload, headers=due.headers)
                except httpx.TransportError:
                    statuses.append(None)
                    continue
                statuses.append(answer.status_code)
                if answer.is_success:
                    self.accepted(due)
        return statuses

    def accepted(self, *deliveries: Delivery) -> None:
        """Mark deliveries as delivered, for a test that posts them itself."""
        with self._account.lock:
            for each in deliveries:
                self._account.delivered(each.event_id)

    def sign(self, payload: bytes, at: datetime | None = None) -> str:
        """Return the value of `Stripe-Signature` for any payload."""
        moment = at or self._account.clock.now()
        return signature(payload, self.webhook_secrets, moment, livemode=self._account.livemode)

    def _delivery(
        self,
        event: StripeObject,
        at: datetime | None = None,
        signing_secrets: Sequence[str] | None = None,
    ) -> Delivery:
        # Stripe formats events with line breaks, and does not escape letters beyond ASCII.
        payload = json.dumps(event, indent=2, ensure_ascii=False).encode()
        signed = signature(
            payload,
            signing_secrets or self.webhook_secrets,
            at or self._account.clock.now(),
            livemode=self._account.livemode,
        )
        return Delivery(event["id"], event["type"], payload, signed)


def _subjects(event: StripeObject) -> Collection[str]:
    """Return the ids of the event's object and of its intent, by which `deliveries` finds it."""
    subject = event["data"]["object"]
    return {subject["id"], subject.get("payment_intent") or ""}


def _new_secret() -> str:
    return f"whsec_{random_letters(32)}"
