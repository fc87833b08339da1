"""The building blocks of the story: folders, steps, and variants of steps.

Texts in steps may contain Postman variables: `{{PRODUCT_ID}}`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from shop.settings import Payments
from shop.settings.values import DialectName

_PLACE: Final = re.compile(r"{(\w+)}")


class Caller(Enum):
    """The user whose access token is sent; the value is the variable that holds the token."""

    NOBODY = None
    USER = "TOKEN_USER"
    ADMIN = "TOKEN_ADMIN"
    DIALECT_USER = "MICROSERVICES_TOKEN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request; `body` is JSON. With a `file`, it is a form: that file beside the collection, and `body`'s texts."""

    method: str
    path: str
    caller: Caller
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """Another answer to a step's request, usually an error; omitted fields are inherited from the step.

    It is recorded before the step's own answer, or `after` it, and must not change state that later steps use.
    """

    name: str
    status: int
    after: bool = False
    caller: Caller | None = None
    places: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One request of the story.

    `operation` is the method and path from the OpenAPI schema, `places` are the values of the path parameters.
    `expects` maps paths in the answer (`order.items.0.name`) to expected values; `keeps` maps variables to the
    paths that they are filled from (`@ETag`: the header). `fresh` maps variables to the prefix of the unique value
    that they get before the request. With a `file`, the request is a form.
    """

    name: str
    operation: str
    caller: Caller = Caller.NOBODY
    places: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    file: str = ""
    status: int = 200
    note: str = ""
    fresh: Mapping[str, str] = field(default_factory=dict)
    expects: Mapping[str, Any] = field(default_factory=dict)
    keeps: Mapping[str, str] = field(default_factory=dict)
    variants: tuple[Variant, ...] = ()

    def call(self) -> Call:
        return self._call(self.caller, self.places, self.query, self.headers, self.body, self.file)

    def call_of(self, variant: Variant) -> Call:
        return self._call(
            variant.caller or self.caller,
            {**self.places, **variant.places},
            self.query if variant.query is None else variant.query,
            {**self.headers, **variant.headers},
            self.body if variant.body is None else variant.body,
            variant.file or self.file,
        )

    def _call(
        self,
        caller: Caller,
        places: Mapping[str, str],
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: Any,
        file: str,
    ) -> Call:
        method, path = self.operation.split()
        filled = _PLACE.sub(lambda found: places[found[1]], path)
        return Call(
            method=method, path=filled, caller=caller, query=query, headers=headers, body=body, file=file
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A group of steps; `payments` and `dialect` are what a shop must have to play it."""

    name: str
    description: str
    steps: tuple[Step, ...]
    payments: Payments = Payments.SANDBOX
    dialect: DialectName | None = None
    before: tuple[str, ...] = ()
    """Lines of a script that Postman runs before each step."""
    mail_tokens: Mapping[str, str] = field(default_factory=dict)
    """Variables for tokens in mails, with the page that the token's link leads to. People fill them by hand."""
