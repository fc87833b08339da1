"""Stripe's error object, `{"error": {"type", "code", "message", "param", …}}`, as exceptions.

Types, codes and messages are those of Stripe's error reference. Whether an error is kept under the request's
idempotency key follows its documentation as well: refusals from before an operation began aren't.
"""

from typing import Any

StripeObject = dict[str, Any]
"""A JSON object as Stripe answers it."""

_DOCUMENTATION = "https://stripe.com/docs"


class ApiError(Exception):
    """An answer other than 200. `began` says whether the operation had begun: only then is the answer kept."""

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
    """The operation refuses what is asked for."""
    return ApiError(400, "invalid_request_error", message, code=code, **details)


def invalid_parameter(message: str, *, code: str | None = None, param: str | None = None) -> ApiError:
    """The parameters are invalid for this request: the operation doesn't begin."""
    return ApiError(400, "invalid_request_error", message, code=code, param=param, began=False)


def no_such(kind: str, identifier: str, param: str = "id") -> ApiError:
    message = f"No such {kind}: '{identifier}'"
    return ApiError(404, "invalid_request_error", message, code="resource_missing", param=param)


def unexpected_state(message: str, intent: StripeObject) -> ApiError:
    """The error carries the intent as it is."""
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
    """`rate_limit`, which isn't to be tried again at once, or `lock_timeout`, which is."""
    messages = {
        "rate_limit": f"Request rate limit exceeded. Learn more at {_DOCUMENTATION}/rate-limits.",
        "lock_timeout": "This object cannot be accessed right now because another API request or Stripe process "
        "is currently accessing it.",
    }
    again = "true" if code == "lock_timeout" else "false"
    headers = {"Stripe-Should-Retry": again, "Stripe-Rate-Limited-Reason": "global-rate"}
    return ApiError(429, "invalid_request_error", messages[code], code=code, began=False, headers=headers)


def server_error(status: int) -> ApiError:
    """A fault of Stripe's own: what became of the request isn't known from it."""
    headers = {"Stripe-Should-Retry": "false"}
    return ApiError(status, "api_error", "An unknown error occurred.", headers=headers)
