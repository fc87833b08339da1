"""The state of one Stripe account."""

import copy
import secrets
import string
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from shop.testing import ManualClock
from tests.stripe_server.errors import StripeObject, no_such

_LETTERS = string.ascii_letters + string.digits


def random_letters(number: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(number))


class Account:
    """Objects by their ids, oldest first. Hold `lock` to read or change them."""

    def __init__(self, clock: ManualClock, api_version: str, *, livemode: bool) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.api_version = api_version
        self.livemode = livemode
        self.id = self.new_id("acct")
        self.payment_intents: dict[str, StripeObject] = {}
        self.charges: dict[str, StripeObject] = {}
        self.refunds: dict[str, StripeObject] = {}
        self.disputes: dict[str, StripeObject] = {}
        self.events: dict[str, StripeObject] = {}
        self.payment_methods: dict[str, str] = {}
        """Ids of methods in use, and the name of the test method behind each."""
        self.undelivered: list[str] = []
        """Ids of events that no webhook endpoint has accepted so far, in the order in which they happened."""
        self.next_refund_statuses: deque[str] = deque()
        self._origin: StripeObject = {"id": None, "idempotency_key": None}

    def now(self) -> int:
        """Return the time in Unix seconds."""
        return int(self.clock.now().timestamp())

    def new_id(self, prefix: str) -> str:
        return f"{prefix}_{random_letters(24)}"

    def intent(self, identifier: str, param: str = "intent") -> StripeObject:
        return self._known(self.payment_intents, "payment_intent", identifier, param)

    def charge(self, identifier: str, param: str = "charge") -> StripeObject:
        return self._known(self.charges, "charge", identifier, param)

    def refund(self, identifier: str, param: str = "id") -> StripeObject:
        return self._known(self.refunds, "refund", identifier, param)

    def dispute(self, identifier: str, param: str = "dispute") -> StripeObject:
        return self._known(self.disputes, "dispute", identifier, param)

    def event(self, identifier: str, param: str = "id") -> StripeObject:
        return self._known(self.events, "event", identifier, param)

    @contextmanager
    def asked_by(self, request_id: str, idempotency_key: str | None) -> Iterator[None]:
        """Name this request as the cause of the events within the context. Other events name no request."""
        with self.lock:
            self._origin = {"id": request_id, "idempotency_key": idempotency_key}
            try:
                yield
            finally:
                self._origin = {"id": None, "idempotency_key": None}

    def happened(self, kind: str, subject: StripeObject, previous: StripeObject | None = None) -> None:
        """Store an event with the current object, and its fields before an update."""
        data: StripeObject = {"object": copy.deepcopy(subject)}
        if previous is not None:
            data["previous_attributes"] = copy.deepcopy(previous)
        event: StripeObject = {
            "id": self.new_id("evt"),
            "object": "event",
            "api_version": self.api_version,
            "created": self.now(),
            "data": data,
            "livemode": self.livemode,
            "pending_webhooks": 1,
            "request": dict(self._origin),
            "type": kind,
        }
        self.events[event["id"]] = event
        self.undelivered.append(event["id"])

    def delivered(self, event_id: str) -> None:
        """Note that a webhook endpoint has accepted the event."""
        self.events[event_id]["pending_webhooks"] = 0
        if event_id in self.undelivered:
            self.undelivered.remove(event_id)

    @staticmethod
    def _known(objects: dict[str, StripeObject], kind: str, identifier: str, param: str) -> StripeObject:
        try:
            return objects[identifier]
        except KeyError:
            raise no_such(kind, identifier, param) from None
