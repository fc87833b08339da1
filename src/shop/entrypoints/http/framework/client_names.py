"""The names of operations and components in the OpenAPI document. Client generators turn them into code.

`POST /api/cart/items` is `addCartItem`, and a cart is a `Cart`. An operation is named after its handler, so a
handler's name must say what the handler acts on. A component is named after its class, without suffixes such
as `View`, which mean something only in the shop's code.
"""

import re
from typing import Any, Final

from litestar.handlers import HTTPRouteHandler

_PREFIX: Final = "#/components/schemas/"
_PAGE: Final = re.compile(r"Page_(?:\w+\.)*(?P<item>\w+?)_")
_VIEW: Final = "View"
_OTHER_NAMES: Final = {
    "Credentials": "LoginInput",
    "DeliveryView": "WebhookDelivery",
    "Profile": "ProfileInput",
    "RightsChange": "UserPatch",
    "SortKey": "ProductSort",
    "SubjectKind": "AuditSubjectType",
    "SubjectType": "EventSubjectType",
    "SubjectView": "AuditSubject",
    "Template": "MessageTemplate",
}
"""Other names for classes whose own name says too little outside its module, or is needed for a view."""


def operation_id(handler: HTTPRouteHandler, *_: Any) -> str:
    """Return the operation's id: `show_product` becomes `getProduct`."""
    verb, *words = handler.fn.__name__.split("_")
    return {"show": "get"}.get(verb, verb) + "".join(word.capitalize() for word in words)


def with_client_names(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with renamed schemas. A schema keeps its name if another one has the new name."""
    schemas = document["components"]["schemas"]
    names = {name: _OTHER_NAMES.get(name, name) for name in schemas}
    for name in schemas:
        other = _client_name(names[name])
        if other not in names.values():
            names[name] = other
    renamed: dict[str, Any] = _renamed(document, names)
    renamed["components"]["schemas"] = {
        names[name]: schema for name, schema in renamed["components"]["schemas"].items()
    }
    return renamed


def _client_name(name: str) -> str:
    if page := _PAGE.fullmatch(name):
        return f"{page['item'].removesuffix(_VIEW)}Page"
    return name.removesuffix(_VIEW)


def _renamed(part: Any, names: dict[str, str]) -> Any:
    """Return this part of the document with its references renamed."""
    if isinstance(part, dict):
        return {
            key: _reference(value, names)
            if key == "$ref" and isinstance(value, str)
            else _renamed(value, names)
            for key, value in part.items()
        }
    return [_renamed(each, names) for each in part] if isinstance(part, list) else part


def _reference(reference: str, names: dict[str, str]) -> str:
    name = reference.removeprefix(_PREFIX)
    return _PREFIX + names.get(name, name) if reference.startswith(_PREFIX) else reference
