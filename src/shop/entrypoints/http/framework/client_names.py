"""The names that generators of clients take from the document: of operations, and of components.

`POST /api/cart/items` is `addCartItem`, and a cart is a `Cart`. A handler's own name is the operation's, so it says
what it acts on; the components are named after their classes, without what concerns the shop's code only.
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
"""Names that say too little outside their module, or that a view would have."""


def operation_id(handler: HTTPRouteHandler, *_: Any) -> str:
    """Return the operation's id: `show_product` becomes `getProduct`."""
    verb, *words = handler.fn.__name__.split("_")
    return {"show": "get"}.get(verb, verb) + "".join(word.capitalize() for word in words)


def with_client_names(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with other names for its schemas. A name that is taken already is not given twice."""
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
