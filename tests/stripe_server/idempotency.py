"""Saved answers, by Stripe's rules for idempotent requests.

If the operation of a request began, its answer is saved under the key, even an error or a 500, and later requests with
the same path and parameters get it again. A request with another path or other parameters is refused, and so is a
second request while the first one runs. A key is forgotten after 24 hours.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.stripe_server.errors import ApiError

_RETENTION = timedelta(hours=24)
_MAX_KEY_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it is sent."""

    status: int
    body: bytes
    request_id: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Kept:
    path: str
    parameters: Mapping[str, Any]
    since: datetime
    answer: Answer | None = None


class SavedAnswers:
    """The saved answers by key. Callers must hold the account's lock."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    def begin(self, key: str, path: str, parameters: Mapping[str, Any], now: datetime) -> Answer | None:
        """Return the answer saved under the key. None if this is the first request: the key is then in use."""
        if len(key) > _MAX_KEY_LENGTH:
            raise ApiError(
                400,
                "invalid_request_error",
                f"Idempotency keys have up to {_MAX_KEY_LENGTH} characters.",
                began=False,
            )
        kept = self._kept.get(key)
        if kept is None or (kept.answer is not None and kept.since + _RETENTION <= now):
            self._kept[key] = _Kept(path, parameters, now)
            return None
        if kept.path != path:
            raise _mismatch(f"for the same endpoint they were first used for ('{kept.path}')", key)
        if kept.parameters != parameters:
            raise _mismatch("with the same parameters they were first used with", key)
        if kept.answer is None:
            raise ApiError(
                409,
                "idempotency_error",
                "There is currently another in-progress request using this Idempotent Key (that probably means you "
                f"submitted twice, and the other request is still going through): {key}. Please try again later.",
                code="idempotency_key_in_use",
                began=False,
            )
        return kept.answer

    def save(self, key: str, answer: Answer) -> None:
        self._kept[key].answer = answer

    def release(self, key: str) -> None:
        """Forget a key whose request ended without an answer to save."""
        del self._kept[key]


def _mismatch(rule: str, key: str) -> ApiError:
    message = (
        f"Keys for idempotent requests can only be used {rule}. Try using a key other than '{key}' if you meant to "
        "execute a different request."
    )
    return ApiError(400, "idempotency_error", message, began=False)
