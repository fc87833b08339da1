"""Handles a request: checks the key, applies a fault, finds a saved answer or performs the operation and saves it."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tests.stripe_server.account import Account, random_letters
from tests.stripe_server.errors import (
    ApiError,
    StripeObject,
    rate_limited,
    server_error,
    unauthenticated,
)
from tests.stripe_server.faults import Fault, FaultKind, Faults
from tests.stripe_server.idempotency import Answer, SavedAnswers
from tests.stripe_server.listing import check_expansions, expanded
from tests.stripe_server.operations import Operation
from tests.stripe_server.parameters import Parameters, decode


@dataclass(slots=True)
class ReceivedRequest:
    """A received request, for a test's assertions. Without a status, it is still running or was dropped."""

    operation: str
    method: str
    path: str
    encoded: str
    """The query string or the form, as received."""
    headers: Mapping[str, str]
    """Lowercase names; without the secret key."""
    at: datetime
    identifier: str = ""
    """The id in the path, if there is one."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    request_id: str = field(default_factory=lambda: f"req_{random_letters(14)}")
    status: int | None = None
    error_code: str | None = None
    replayed: bool = False

    @property
    def idempotency_key(self) -> str | None:
        """The idempotency key of a POST; Stripe ignores the header in other requests."""
        return self.headers.get("idempotency-key") if self.method == "POST" else None


class DroppedError(Exception):
    """Tells the application to close the connection without an answer."""


class Gateway:
    """Performs requests on the account. Only `secret_key` is accepted."""

    def __init__(self, account: Account, faults: Faults, secret_key: str) -> None:
        self.requests: list[ReceivedRequest] = []
        self._account = account
        self._faults = faults
        self._secret_key = secret_key
        self._saved = SavedAnswers()

    async def answer(self, operation: Operation, request: ReceivedRequest, key: str | None) -> Answer:
        """Return the answer to a request. Raises DroppedError if a fault requires that there is none."""
        self.requests.append(request)
        try:
            if key is None or not hmac.compare_digest(key.encode(), self._secret_key.encode()):
                raise unauthenticated(key)
            fault = self._faults.take(operation.name)
            if fault is not None and fault.kind is FaultKind.RATE_LIMIT:
                raise rate_limited(fault.code)
            answer = await self._replayed_or_performed(operation, request, fault)
        except ApiError as error:
            answer = _error_answer(request, error)
        request.status = answer.status
        return answer

    async def _replayed_or_performed(
        self, operation: Operation, request: ReceivedRequest, fault: Fault | None
    ) -> Answer:
        request.parameters = decode(request.encoded)
        idempotency_key = request.idempotency_key
        if idempotency_key is None:
            return (await self._performed(operation, request, fault)).answer_or_drop()
        with self._account.lock:
            now = self._account.clock.now()
            found = self._saved.begin(idempotency_key, request.path, request.parameters, now)
        if found is not None:
            return await _replayed(found, request, fault)
        outcome = None
        try:
            outcome = await self._performed(operation, request, fault)
        finally:
            with self._account.lock:
                if outcome is not None and outcome.answer is not None and outcome.saved:
                    self._saved.save(idempotency_key, outcome.answer)
                else:
                    self._saved.release(idempotency_key)
        return outcome.answer_or_drop()

    async def _performed(
        self, operation: Operation, request: ReceivedRequest, fault: Fault | None
    ) -> "_Outcome":
        if fault is not None and not fault.after_effect:
            faulty = await _apply_fault(fault, request)
            if faulty is not None:
                return faulty
        performed = self._perform(operation, request)
        if fault is not None and fault.after_effect:
            return await _apply_fault(fault, request, performed) or performed
        return performed

    def _perform(self, operation: Operation, request: ReceivedRequest) -> "_Outcome":
        parameters = Parameters(request.parameters)
        try:
            expansions = parameters.texts("expand") or []
            check_expansions(expansions)
            with self._account.asked_by(request.request_id, request.idempotency_key):
                body = operation.perform(self._account, parameters, request.identifier)
                body = expanded(self._account, body, expansions)
        except ApiError as error:
            return _Outcome(_error_answer(request, error), saved=error.began)
        return _Outcome(Answer(200, _encoded(body), request.request_id), saved=True)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The outcome of a request: its answer, whether that is saved under the key, and whether it is dropped unsent."""

    answer: Answer | None
    saved: bool
    dropped: bool = False

    def answer_or_drop(self) -> Answer:
        """Return the answer. Raises DroppedError if the connection is to be closed without one."""
        if self.dropped or self.answer is None:
            raise DroppedError
        return self.answer


async def _apply_fault(
    fault: Fault, request: ReceivedRequest, performed: _Outcome | None = None
) -> _Outcome | None:
    """Apply the fault to a request, performed or not. Return its outcome; None to continue as without a fault."""
    if fault.kind is FaultKind.HANG:
        await fault.hang.wait()
        return None
    if fault.kind is FaultKind.FAIL:
        return _Outcome(_error_answer(request, server_error(fault.status)), saved=fault.saved)
    if performed is None:
        return _Outcome(None, saved=False, dropped=True)
    return replace(performed, dropped=True)


async def _replayed(found: Answer, request: ReceivedRequest, fault: Fault | None) -> Answer:
    """Return the saved answer as a replay, or what the fault makes of it. The saved answer stays unchanged."""
    faulty = None if fault is None else await _apply_fault(fault, request)
    if faulty is not None:
        return faulty.answer_or_drop()
    request.replayed = True
    headers = {**found.headers, "Idempotent-Replayed": "true", "Original-Request": found.request_id}
    return replace(found, request_id=request.request_id, headers=headers)


def _error_answer(request: ReceivedRequest, error: ApiError) -> Answer:
    request.error_code = error.code
    return Answer(error.status, _encoded(error.body), request.request_id, error.headers)


def _encoded(body: StripeObject) -> bytes:
    return json.dumps(body, indent=2, ensure_ascii=False).encode()
