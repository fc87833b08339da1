"""Stripe's error object, `{"error": {"type", "code", "message", "param", …}}`, as exceptions.

Types, codes and messages are from Stripe's error reference. As documented by Stripe, an error is saved under the
request's idempotency key only if the operation had begun.
"""

from typing import Any

StripeObject = dict[str, Any]
"""A JSON object in Stripe's format."""

_DOCUMENTATION = "https://stripe.com/docs"


class ApiError(Exception):
    """An answer other than 200. It is saved under the idempotency key only if `began`: the operation had begun."""

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        *,
        code: str | None = None,
        began: bool = True,
        headers: dict[str, str] | None = None,
        **details: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.began = began
        self.headers = headers or {}
        named: StripeObject = {"code": code, "message": message, "type": kind, **details}
        if code is not None:
            named["doc_url"] = f"{_DOCUMENTATION}/error-codes/{code.replace('_', '-')}"
        self.error = {name: value for name, value in named.items() if value is not None}

    @property
    def body(self) -> StripeObject:
        return {"error": self.error}


def invalid_request(message: str, *, code: str | None = None, **details: Any) -> ApiError:
    """Return the error of an operation that refuses the request."""
    return ApiError(400, "invalid_request_error", message, code=code, **details)


def invalid_parameter(message: str, *, code: str | None = None, param: str | None = None) -> ApiError:
    """Return the error for invalid parameters: the operation does not begin."""
    return ApiError(400, "invalid_request_error", message, code=code, param=param, began=False)


def no_such(kind: str, identifier: str, param: str = "id") -> ApiError:
    message = f"No such {kind}: '{identifier}'"
    return ApiError(404, "invalid_request_error", message, code="resource_missing", param=param)


def unexpected_state(message: str, intent: StripeObject) -> ApiError:
    """Return the error for an intent in the wrong state, which the error contains."""
    return invalid_request(message, code="payment_intent_unexpected_state", payment_intent=intent)


def unauthenticated(key: str | None) -> ApiError:
    if key is None:
        message = (
            "You did not provide an API key. You need to provide your API key in the Authorization header, using "
            "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
    else:
        message = f"Invalid API Key provided: {key[:8]}{'*' * 8}{key[-4:]}"
    return ApiError(401, "invalid_request_error", message, began=False)


def unrecognized_url(method: str, path: str) -> ApiError:
    message = f"Unrecognized request URL ({method}: {path}). Please see {_DOCUMENTATION}."
    return ApiError(404, "invalid_request_error", message, began=False)


def rate_limited(code: str) -> ApiError:
    """Return a 429. Clients should retry `lock_timeout` at once, but not `rate_limit`."""
    messages = {
        "rate_limit": f"Request rate limit exceeded. Learn more at {_DOCUMENTATION}/rate-limits.",
        "lock_timeout": "This object cannot be accessed right now because another API request or Stripe process "
        "is currently accessing it.",
    }
    again = "true" if code == "lock_timeout" else "false"
    headers = {"Stripe-Should-Retry": again, "Stripe-Rate-Limited-Reason": "global-rate"}
    return ApiError(429, "invalid_request_error", messages[code], code=code, began=False, headers=headers)


def server_error(status: int) -> ApiError:
    """Return a 5xx: the client cannot know whether the request took effect."""
    headers = {"Stripe-Should-Retry": "false"}
    return ApiError(status, "api_error", "An unknown error occurred.", headers=headers)
