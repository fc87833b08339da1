"""Every error in the one shape of the API: `{"error": {"code", "message", "details"?}}`."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
import structlog
from litestar import Request
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap, Scope

from shop.application.ports.unit_of_work import TransactionConflict
from shop.domain.errors import Kind, ShopError, Unavailable
from shop.entrypoints.http.framework.reasons import reason_of
from shop.entrypoints.http.framework.request import context_of
from shop.entrypoints.http.framework.responses import BytesResponse
from shop.entrypoints.http.framework.wire_names import InvalidRequest, wire_error
from shop.entrypoints.logs import ABOUT

STATUS_OF_KIND: Final = {
    Kind.REJECTED: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.GONE: 410,
    Kind.STALE: 412,
    Kind.UNSUPPORTED: 415,
    Kind.KEY_REUSED: 422,
    Kind.THROTTLED: 429,
    Kind.UNAVAILABLE: 503,
}

# Failures without a ShopError: their code and message.
FRAMEWORK_ERRORS: Final = {
    400: ("BAD_REQUEST", "The request is malformed."),
    401: ("UNAUTHENTICATED", "This needs an access token."),
    403: ("FORBIDDEN", "This is not allowed."),
    404: ("NOT_FOUND", "There is nothing at this address."),
    405: ("METHOD_NOT_ALLOWED", "This address doesn't know this method; Allow names those that it knows."),
    413: ("PAYLOAD_TOO_LARGE", "The body is too large."),
    415: (
        "UNSUPPORTED_MEDIA_TYPE",
        "The body must be JSON in UTF-8 (application/json), or a multipart form where the request has files.",
    ),
    500: ("INTERNAL_ERROR", "Something went wrong here. Quote the request id when you report this."),
}

_encode = msgspec.json.Encoder(decimal_format="number", enc_hook=str).encode
_log = structlog.get_logger("shop.http")


class Problem(msgspec.Struct, omit_defaults=True):
    """An error, for programs (`code`, `details`) and for people (`message`)."""

    code: str
    message: str
    details: dict[str, Any] | None = None


class ProblemAnswer(msgspec.Struct):
    """The body of every answer from 400 on."""

    error: Problem


def problem_body(code: str, message: str, details: Mapping[str, Any] | None = None) -> bytes:
    return _encode(ProblemAnswer(Problem(code, message, dict(details) if details else None)))


def problem_response(
    status: int,
    code: str,
    message: str,
    details: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> BytesResponse[Any]:
    body = problem_body(code, message, details)
    return BytesResponse(body, status=status, headers={"Cache-Control": "no-store", **(headers or {})})


def answer_shop_error(request: Request[Any, Any, Any], error: ShopError) -> BytesResponse[Any]:
    """Answer a ShopError, with the status that the table assigns to its kind."""
    status = STATUS_OF_KIND[error.kind]
    message, details = wire_error(error)
    headers = {}
    context = context_of(request.scope)
    context.outcome = error.code
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status in (429, 503) or error.retry_after is not None:
        headers["Retry-After"] = str(max(1, error.retry_after or 1))
    if status >= 500:
        details = {**details, "requestId": context.request_id}
        cause = error.__cause__
        about = cause.message if isinstance(cause, ShopError) else error.message
        _log.warning(
            "unavailable",
            code=error.code,
            reason=error.message,
            cause=repr(cause),
            **_circumstances(request.scope),
            **{ABOUT: about},
        )
    return problem_response(status, error.code, message, details, headers)


def answer_conflict(request: Request[Any, Any, Any], error: TransactionConflict) -> BytesResponse[Any]:
    """Answer a transaction conflict that was not retried."""
    unavailable = Unavailable("Too many requests are changing the same data; try again.", retry_after=1)
    unavailable.__cause__ = error
    return answer_shop_error(request, unavailable)


def answer_framework_error(request: Request[Any, Any, Any], error: HTTPException) -> BytesResponse[Any]:
    """Answer an error from Litestar: unknown route, wrong method, body too large."""
    if error.status_code >= 500 or error.status_code not in FRAMEWORK_ERRORS:
        return answer_unexpected_error(request, error)
    code, message = FRAMEWORK_ERRORS[error.status_code]
    context_of(request.scope).outcome = code
    headers = {}
    if methods := (error.headers or {}).get("allow"):
        headers["Allow"] = allow(methods.split(", "))
    return problem_response(error.status_code, code, message, headers=headers)


def allow(methods: Iterable[str]) -> str:
    """Return an `Allow` header; paths that allow GET also allow HEAD."""
    known = set(methods)
    return ", ".join(sorted(known | {"HEAD"} if "GET" in known else known))


def answer_unexpected_error(request: Request[Any, Any, Any], error: Exception) -> BytesResponse[Any]:
    """Answer an unexpected error: log it in full, and tell the client only the request id."""
    return unexpected_problem(request.scope, error)


def unexpected_problem(scope: Scope, error: Exception) -> BytesResponse[Any]:
    _log.error("unexpected error", exc_info=error, **_circumstances(scope))
    code, message = FRAMEWORK_ERRORS[500]
    context = context_of(scope)
    context.outcome = code
    return problem_response(500, code, message, {"requestId": context.request_id})


def _circumstances(scope: Scope) -> dict[str, str]:
    return {
        "request_id": context_of(scope).request_id,
        "method": str(scope.get("method", "")),
        "route": str(scope.get("path_template", "")),
    }


_FORM_PARAMETER: Final = "data"
"""The parameter of a handler that receives the fields of a form."""
_MISSING_PARAMETER = re.compile(r"^Missing required \w+ parameter '([^']+)'")


def answer_invalid_parameters(
    request: Request[Any, Any, Any], error: ValidationException
) -> BytesResponse[Any]:
    """Answer invalid query, path or header parameters, and fields of forms, listed by their wire names."""
    reasons: dict[str, str] = {}
    if missing := _MISSING_PARAMETER.match(error.detail):
        reasons[missing[1]] = "is required"
    for extra in error.extra if isinstance(error.extra, list) else []:
        parameter = str(extra.get("key", "request"))
        name, kind = _declared(request, parameter)
        message = str(extra.get("message", "")).replace(" | null`", "`")
        field, reason = reason_of(message, kind)
        reasons[field if parameter == _FORM_PARAMETER and field else name] = reason
    return answer_shop_error(request, InvalidRequest(reasons or {"request": "is invalid"}))


def _declared(request: Request[Any, Any, Any], parameter: str) -> tuple[str, Any]:
    """Return the wire name and the type of a parameter of the handler or of one of its dependencies."""
    handler = request.route_handler
    signatures = [handler.parsed_fn_signature]
    signatures += [provide.parsed_fn_signature for provide in handler.resolve_dependencies().values()]
    for signature in signatures:
        if field := signature.parameters.get(parameter):
            return getattr(field.kwarg_definition, "name", None) or parameter, field.annotation
    return parameter, Any


EXCEPTION_HANDLERS: Final[ExceptionHandlersMap] = {
    ShopError: answer_shop_error,
    TransactionConflict: answer_conflict,
    ValidationException: answer_invalid_parameters,
    HTTPException: answer_framework_error,
    Exception: answer_unexpected_error,
}
"""Litestar uses the first match along the error's method resolution order."""
