"""The schemas of request bodies, made by msgspec from the structs that decode them: what they state is what holds."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from shop.application.framework.major_units import MajorUnits

_REFERENCE: Final = "#/components/schemas/{name}"
_IGNORED: Final = {"readOnly": True, "description": "Accepted as it was read, and ignored."}


def documented_handlers(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    """Yield path, method in lower case and handler of every operation that the document has."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, _) in route.route_handler_map.items():
                if handler.resolve_include_in_schema():
                    yield route.path_format, method.lower(), handler


def input_schemas(app: Litestar, max_amount: Decimal) -> dict[str, Any]:
    """Return the schema of every object that a request body has, by its name. Amounts are at most `max_amount`."""
    bodies = [
        handler.parsed_data_field.annotation
        for _, _, handler in documented_handlers(app)
        if handler.parsed_data_field is not None
    ]

    def custom_type(kind: type) -> dict[str, Any]:
        if kind is MajorUnits:
            return {"type": "number", **amount_limits(max_amount)}
        if kind is object:
            return dict(_IGNORED)
        raise NotImplementedError(f"no schema for {kind.__name__}")

    _, schemas = msgspec.json.schema_components(bodies, schema_hook=custom_type, ref_template=_REFERENCE)
    return {name: _tidied(schema) for name, schema in schemas.items() if schema.get("type") == "object"}


def _tidied(schema: dict[str, Any]) -> dict[str, Any]:
    """Drop what says nothing: defaults of null, and a minimum beside an exclusive one."""
    for field in schema["properties"].values():
        if "default" in field and field["default"] is None:
            del field["default"]
        for part in (field, *field.get("anyOf", ())):
            if "exclusiveMinimum" in part:
                part.pop("minimum", None)
    return schema


def amount_limits(max_amount: Decimal) -> dict[str, int | float]:
    """Return the limits of every amount of money that comes in."""
    whole = max_amount == max_amount.to_integral_value()
    return {"minimum": 0, "maximum": int(max_amount) if whole else float(max_amount)}
