"""Examples for the API docs, generated from the schemas: deterministic, and valid requests as they stand."""

from typing import Any, Final

Json = Any
Schema = dict[str, Any]

_ID: Final = "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11"
_CATEGORY_ID: Final = "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b12"
_TIME: Final = "2026-03-14T09:26:53.589793Z"

# Keyed by property name, or by `owner.property` where the owning object changes the meaning.
_BY_NAME: Final[dict[str, Json]] = {
    "id": _ID,
    "itemId": _ID,
    "itemIds": _ID,
    "categoryIds": _CATEGORY_ID,
    "productId": _ID,
    "sku": "MUG-BLUE-350",
    "number": "7K3Q-M9XH-TD2P",
    "username": "ada",
    "displayName": "Ada Lovelace",
    "email": "ada@example.com",
    "phone": "+44 20 7946 0000",
    "vatId": "DE136695976",
    "password": "correct horse battery",
    "currentPassword": "correct horse battery",
    "newPassword": "staple a battery to it",
    "accessToken": "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.c2lnbmF0dXJl",
    "refreshToken": "4Zr0cXlS2mVtq8yQy8dX3w",
    "tokenType": "Bearer",
    "expiresIn": 3600,
    "name": "Blue mug",
    "description": "Stoneware, 350 ml, fit for the dishwasher.",
    "category": "kitchen",
    "imageUrl": "https://images.example.com/mug-blue.jpg",
    "currency": "USD",
    "price": 12.5,
    "compareAtPrice": 15,
    "unitPrice": 12.5,
    "lineTotal": 25,
    "subtotal": 25,
    "discount": 2.5,
    "total": 22.5,
    "expectedTotal": 22.5,
    "refundedTotal": 0,
    "quantity": 2,
    "itemCount": 2,
    "stock": 40,
    "page": 1,
    "limit": 20,
    "version": 3,
    "code": "SPRING10",
    "promoCode": "SPRING10",
    "value": 10,
    "minSubtotal": 20,
    "usageLimit": 100,
    "perCustomerLimit": 1,
    "timesUsed": 7,
    "startsAt": "2026-03-01T00:00:00Z",
    "endsAt": "2026-04-01T00:00:00Z",
    "company": "Analytical Engines Ltd",
    "label": "Office",
    "line1": "12 St James's Square",
    "line2": "Second floor",
    "city": "London",
    "region": "Greater London",
    "postalCode": "SW1Y 4JH",
    "country": "GB",
    "clientSecret": "sandbox_4Zr0cXlS2mVtq8yQy8dX3w",
    "reason": "counted again",
    "contact.name": "Ada Lovelace",
    "shippingAddress.name": "Ada Lovelace",
    "billingAddress.name": "Accounts payable",
    "payment.provider": "sandbox",
    "payment.status": "pending",
    "change": -5,
}


class Examples:
    """Generates examples for the schemas of one document; `components` are its `components.schemas`."""

    def __init__(self, components: dict[str, Schema]) -> None:
        self._components = components

    def of(self, schema: Schema) -> Json:
        """Return an example of `schema`, chosen by property names first and by types second."""
        return self._of(schema, "", "", ())

    def resolve(self, schema: Schema) -> Schema:
        """Return the schema that `schema` refers to, or `schema` itself."""
        reference = schema.get("$ref")
        return self._components[reference.rpartition("/")[2]] if reference else schema

    def _of(self, schema: Schema, name: str, owner: str, above: tuple[str, ...]) -> Json:
        """Return an example.

        `name` is the property's name, `owner` the name of the property that contains it. `above` has the
        references that led here, so that a schema that contains itself ends in null.
        """
        if reference := schema.get("$ref"):
            if reference in above:
                return None
            return self._of(self.resolve(schema), name, owner, (*above, reference))
        if schema.get("examples"):
            return schema["examples"][0]
        if "const" in schema:
            return schema["const"]
        known = _BY_NAME.get(f"{owner}.{name}", _BY_NAME.get(name))
        if "enum" in schema:
            return known if known in schema["enum"] else schema["enum"][0]
        for choice in ("oneOf", "anyOf", "allOf"):
            if choice in schema:
                variants = [variant for variant in schema[choice] if variant.get("type") != "null"]
                return self._of(variants[0], name, owner, above) if variants else None
        return self._of_type(schema, name, known, above)

    def _of_type(self, schema: Schema, name: str, known: Json, above: tuple[str, ...]) -> Json:
        kinds = schema.get("type", "object" if "properties" in schema else "")
        kind = next((k for k in kinds if k != "null"), "null") if isinstance(kinds, list) else kinds
        if kind == "object":
            return {
                key: self._of(field, key, name, above)
                for key, field in schema.get("properties", {}).items()
                if not field.get("readOnly")
            }
        if kind == "array":
            item = schema.get("items")
            return [self._of(item, name, name, above)] if item else []
        if known is not None and isinstance(known, _PYTHON_TYPES.get(kind, ())):
            return known
        return _of_plain_type(schema, kind)


_PYTHON_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
}


def _of_plain_type(schema: Schema, kind: str) -> Json:
    if kind == "string":
        return {"date-time": _TIME, "date": _TIME[:10], "uuid": _ID}.get(schema.get("format", ""), "text")
    if kind == "integer":
        return int(schema.get("minimum", 1))
    return {"number": 25.99, "boolean": True}.get(kind)
