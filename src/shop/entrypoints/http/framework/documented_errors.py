"""Every error that a route can return, for the API docs.

Most errors follow from the route itself: its policy and whether it takes a body, parameters or an
idempotency key. The route declares the rest, as `errors=(OutOfStock, CartEmpty)`.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from inspect import cleandoc
from typing import Any, Final

from litestar.handlers import HTTPRouteHandler
from litestar.params import PathParameter

from shop.application.framework.idempotency import IdempotencyKeyReused, RequestStillRunning
from shop.domain.accounts.second_factor import TotpSetupRequired
from shop.domain.errors import (
    Forbidden,
    NotFound,
    PreconditionFailed,
    ShopError,
    Throttled,
    Unauthenticated,
    Unavailable,
    ValidationFailed,
    VersionConflict,
)
from shop.entrypoints.http.framework.decoding import MalformedJSON
from shop.entrypoints.http.framework.policies import Policy, permissions_of, policy_of
from shop.entrypoints.http.framework.problems import FRAMEWORK_ERRORS, STATUS_OF_KIND
from shop.entrypoints.http.framework.wire_names import wire_error

Json = dict[str, Any]
DocumentedError = ShopError | type[ShopError]
"""A class, or an instance whose message and details make a better example."""
_SCHEMA: Final = "#/components/schemas/ProblemAnswer"
_REQUEST_ID: Final = {"requestId": "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11"}

# Errors with several causes: their meaning to a caller, and one cause as an example.
_GENERAL: Final[dict[type[ShopError], tuple[str, ShopError]]] = {
    ValidationFailed: (
        "The input breaks a rule; `details` maps each offending field to the reason.",
        ValidationFailed({"quantity": "must be at least 1"}),
    ),
    MalformedJSON: (
        "The body is not JSON; `details` says where the parser stopped.",
        MalformedJSON("trailing characters (byte 14)"),
    ),
    Unauthenticated: (
        "There is no valid access token.",
        Unauthenticated("This needs an access token: log in and send it as a bearer token."),
    ),
    Forbidden: ("The caller may not do this.", Forbidden("This needs the permission orders:write.")),
    NotFound: (
        "It does not exist, or the caller may not know that it exists.",
        NotFound("product"),
    ),
    Throttled: ("Too many attempts.", Throttled("Too many attempts: try again later.")),
    Unavailable: (
        "A system that the shop needs does not respond.",
        Unavailable("A system that the shop needs does not respond: try again soon.", _REQUEST_ID),
    ),
    VersionConflict: ("It was changed meanwhile: `version` is not the current one.", VersionConflict(3, 4)),
}

_SHARED: Final[dict[type[ShopError], str]] = {
    Unauthenticated: "Unauthenticated",
    Forbidden: "Forbidden",
    Unavailable: "Unavailable",
}
_WITH_SHARED: Final[dict[type[ShopError], Sequence[type[ShopError]]]] = {Forbidden: (TotpSetupRequired,)}
"""Further errors that the shared response of an error can have."""
_SHARED_OF_STATUS: Final = {413: "PayloadTooLarge", 415: "UnsupportedMediaType", 500: "InternalError"}


def reusable_responses() -> dict[str, Json]:
    """Return the responses shared by all routes, keyed by their names under `components.responses`."""
    shared = {
        name: _response(STATUS_OF_KIND[error.kind], [error, *_WITH_SHARED.get(error, ())])
        for error, name in _SHARED.items()
    }
    for status, name in _SHARED_OF_STATUS.items():
        code, message = FRAMEWORK_ERRORS[status]
        details = _REQUEST_ID if status == 500 else None
        shared[name] = _response_of(status, message, {code: _problem(code, message, details)})
    return shared


def error_responses(handler: HTTPRouteHandler) -> dict[str, Json]:
    """Return the handler's error responses by status, as the `responses` of its operation."""
    by_status: dict[int, list[DocumentedError]] = defaultdict(list)
    for error in dict.fromkeys((*_implied_errors(handler), *handler.opt.get("errors", ()))):
        by_status[STATUS_OF_KIND[error.kind]].append(error)
    responses = {
        status: _reference(_SHARED[errors[0]])
        if len(errors) == 1 and errors[0] in _SHARED
        else _response(status, errors)
        for status, errors in by_status.items()
    }
    if handler.parsed_data_field is not None:
        responses |= {status: _reference(_SHARED_OF_STATUS[status]) for status in (413, 415)}
    responses[500] = _reference(_SHARED_OF_STATUS[500])
    return {str(status): responses[status] for status in sorted(responses)}


def _implied_errors(handler: HTTPRouteHandler) -> Iterator[type[ShopError]]:
    policy = policy_of(handler)
    fields = handler.parsed_fn_signature.parameters
    parameters = [field.kwarg_definition for field in fields.values() if field.kwarg_definition]
    if parameters or "idempotency" in fields:
        yield ValidationFailed
    if handler.parsed_data_field is not None:
        yield MalformedJSON
    if policy in (Policy.USER, Policy.BUYER, Policy.ORDER_OWNER) or permissions_of(handler):
        yield from (Unauthenticated, Forbidden)
    if any(isinstance(parameter, PathParameter) for parameter in parameters):
        yield NotFound
    if "expected_versions" in fields:
        yield PreconditionFailed
    if "idempotency" in fields:
        yield from (RequestStillRunning, IdempotencyKeyReused)
    if fields.keys() & handler.resolve_dependencies().keys():
        yield Unavailable


def _response(status: int, errors: Sequence[DocumentedError]) -> Json:
    meanings = {error.code: _meaning(error) for error in errors}
    description = "\n".join(f"- `{code}`: {meaning}" for code, meaning in meanings.items())
    return _response_of(status, description, {error.code: _example(error) for error in errors})


def _response_of(status: int, description: str, examples: dict[str, Json]) -> Json:
    names = ["X-Request-Id"]
    if status == 401:
        names.append("WWW-Authenticate")
    if status in (429, 503) or RequestStillRunning.code in examples:
        names.append("Retry-After")
    return {
        "description": description,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
        "content": {"application/json": {"schema": _with_codes(list(examples)), "examples": examples}},
    }


def _with_codes(codes: Sequence[str]) -> Json:
    """Return the error schema, restricted to the codes that this response may have."""
    error = {"type": "object", "properties": {"code": {"type": "string", "enum": sorted(codes)}}}
    return {"allOf": [{"$ref": _SCHEMA}, {"type": "object", "properties": {"error": error}}]}


def _problem(code: str, message: str, details: Json | None) -> Json:
    error = {"code": code, "message": message} | ({"details": details} if details else {})
    return {"value": {"error": error}}


def _reference(name: str) -> Json:
    return {"$ref": f"#/components/responses/{name}"}


def _meaning(error: DocumentedError) -> str:
    """Return the first paragraph of the error's own docstring; a base class's docstring does not count."""
    kind = error if isinstance(error, type) else type(error)
    if kind in _GENERAL:
        return _GENERAL[kind][0]
    own = vars(kind).get("__doc__")
    return " ".join(cleandoc(own).partition("\n\n")[0].split()) if own else kind.code


def _example(error: DocumentedError) -> Json:
    if not isinstance(error, type):
        return _problem(error.code, *wire_error(error))
    if error in _GENERAL:
        return _example(_GENERAL[error][1])
    try:
        return _example(error())  # type: ignore[call-arg]
    except TypeError:  # it requires arguments: a route that needs a better example declares an instance
        return _problem(error.code, _meaning(error), None)
