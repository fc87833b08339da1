"""Completes one operation of the API docs with what its route declares."""

from decimal import Decimal
from http import HTTPStatus
from inspect import cleandoc, isclass
from typing import Any, Final

import msgspec
from litestar.handlers import HTTPRouteHandler

from shop.entrypoints.http.framework.documented_errors import error_responses
from shop.entrypoints.http.framework.examples import Examples
from shop.entrypoints.http.framework.field_descriptions import describe_path_parameters
from shop.entrypoints.http.framework.policies import Policy, permissions_of, policy_of
from shop.entrypoints.http.framework.request import KEY_CHARACTERS, MAX_KEY_LENGTH

Operation = dict[str, Any]

# Input amounts are decimals of a dedicated class.
_encode_example: Final = msgspec.json.Encoder(decimal_format="number", enc_hook=Decimal).encode

_STRING: Final = {"type": "string"}

HEADERS: Final[dict[str, Any]] = {
    "X-Request-Id": {
        "description": "The id of this request, as sent or a new one. Quote it when you report a problem.",
        "schema": _STRING,
    },
    "ETag": {
        "description": "The state that the answer shows, for `If-Match` and `If-None-Match`.",
        "schema": {**_STRING, "examples": ['"3"']},
    },
    "Location": {
        "description": "Where the new resource is.",
        "schema": {**_STRING, "format": "uri-reference"},
    },
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "examples": [1]}},
    "WWW-Authenticate": {
        "description": "How to authenticate.",
        "schema": {**_STRING, "examples": ["Bearer"]},
    },
    "Idempotent-Replayed": {
        "description": "`true` on an earlier answer that is given again.",
        "schema": {**_STRING, "enum": ["true"]},
    },
}
"""`components.headers`."""

_SECURITY: Final[dict[Policy, list[dict[str, list[str]]]]] = {
    Policy.PUBLIC: [],
    Policy.OPTIONAL: [{}, {"bearer": []}],
    Policy.USER: [{"bearer": []}],
    Policy.BUYER: [{"bearer": []}, {"cartToken": []}],
    Policy.ORDER_OWNER: [{"bearer": []}, {"orderToken": []}],
}

_ENTITY_TAGS: Final = {
    **_STRING,
    "pattern": r'^(\*|(W/)?"[^"]*"(\s*,\s*(W/)?"[^"]*")*)$',
    "examples": ['"3"'],
}

_HEADER_PARAMETERS: Final[dict[str, tuple[str, str, dict[str, Any]]]] = {
    "idempotency": (
        "Idempotency-Key",
        "1–255 printable ASCII characters of your choice: the same request sent again with it happens once.",
        {
            **_STRING,
            "minLength": 1,
            "maxLength": MAX_KEY_LENGTH,
            "pattern": f"^{KEY_CHARACTERS}+$",
            "examples": ["7f1c2f5e-checkout"],
        },
    ),
    "expected_versions": (
        "If-Match",
        "The ETag that you read: a write onto anything newer is refused (412).",
        _ENTITY_TAGS,
    ),
}
"""Name, description and schema, keyed by the dependency that reads the header."""

_IF_NONE_MATCH: Final = (
    "If-None-Match",
    "ETags that you have: 304 and no body when one of them is still the current state.",
    _ENTITY_TAGS,
)


def complete_operation(
    operation: Operation, handler: HTTPRouteHandler, method: str, examples: Examples
) -> None:
    """Add to `operation` who may call, headers, every error, examples, and the use case's description."""
    _describe(operation, handler)
    describe_path_parameters(operation)
    policy = policy_of(handler)
    operation["security"] = _SECURITY[policy if isinstance(policy, Policy) else Policy.USER]
    if permissions := permissions_of(handler):
        operation["x-permission"] = permissions[0].value
        if permissions[1:]:
            operation["x-permission-or"] = [permission.value for permission in permissions[1:]]
    _add_header_parameters(operation, handler, method)
    success = str(handler.status_code)
    response = operation["responses"][success]
    response["description"] = handler.response_description or HTTPStatus(handler.status_code).phrase
    response["headers"] = _success_headers(handler)
    for media_type, content in response.get("content", {}).items():
        if media_type.startswith("text/"):  # a file, which the framework does not describe
            content["schema"] = _STRING
    _add_examples(operation, response, handler, examples)
    operation["responses"] = {success: response}
    if handler.opt.get("versioned") and method == "GET":
        operation["responses"]["304"] = {
            "description": "Not modified: you already have the current version.",
            "headers": {"ETag": _header("ETag")},
        }
    operation["responses"] |= error_responses(handler)


def _describe(operation: Operation, handler: HTTPRouteHandler) -> None:
    """Take summary and description from the route's docstring, or else from the use case's docstring."""
    texts = (_doc(documented) for documented in (handler.fn, *_use_cases(handler)))
    text = next(filter(None, texts), None)
    if text is None:
        operation.pop("description", None)
        return
    operation["description"] = text
    if handler.summary is None:
        operation["summary"] = text.partition("\n")[0].partition(". ")[0].rstrip(".:")


def _doc(documented: Any) -> str | None:
    text = documented.__doc__
    if isclass(documented) and (not text or text.startswith(f"{documented.__name__}(")):  # generated
        text = documented.__call__.__doc__
    return cleandoc(text) if text else None


def _use_cases(handler: HTTPRouteHandler) -> list[type]:
    provided = handler.resolve_dependencies()
    fields = handler.parsed_fn_signature.parameters
    return [
        field.annotation
        for name, field in fields.items()
        if name in provided and isclass(field.annotation) and _is_use_case(field.annotation)
    ]


def _is_use_case(dependency: type) -> bool:
    return any("__call__" in vars(layer) for layer in dependency.__mro__)


def _add_header_parameters(operation: Operation, handler: HTTPRouteHandler, method: str) -> None:
    asked = [
        text for name, text in _HEADER_PARAMETERS.items() if name in handler.parsed_fn_signature.parameters
    ]
    if handler.opt.get("versioned") and method == "GET":
        asked.append(_IF_NONE_MATCH)
    for name, description, schema in asked:
        operation.setdefault("parameters", []).append(
            {
                "name": name,
                "in": "header",
                "required": False,
                "description": description,
                "schema": schema,
            }
        )


def _success_headers(handler: HTTPRouteHandler) -> dict[str, Any]:
    names = ["X-Request-Id"]
    if handler.opt.get("versioned"):
        names.append("ETag")
    if handler.opt.get("location"):
        names.append("Location")
    if "idempotency" in handler.parsed_fn_signature.parameters:
        names.append("Idempotent-Replayed")
    return {name: _header(name) for name in names}


def _header(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/headers/{name}"}


def _add_examples(
    operation: Operation, response: Operation, handler: HTTPRouteHandler, examples: Examples
) -> None:
    body = operation.get("requestBody", {})
    for part, declared in (
        (body, handler.opt.get("request_example")),
        (response, handler.opt.get("response_example")),
    ):
        for media in part.get("content", {}).values():
            value = (
                examples.of(media["schema"])
                if declared is None
                else msgspec.json.decode(_encode_example(declared))
            )
            media["examples"] = {"Example": {"value": value}}
    for media in body.get("content", {}).values():
        body["required"] = bool(examples.resolve(media["schema"]).get("required"))
