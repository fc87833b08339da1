"""Dialects: clients of three well-known small back ends speak to the shop as they are.

A dialect translates names and shapes, and nothing else: its routes call the use cases that the main API calls, under
the same policies, limits, idempotency keys and audit. Each handler says by `like` which of the main API's operations
it is.
"""

from collections.abc import Collection
from typing import Final

from shop.entrypoints.http.compat.dialect import Dialect
from shop.entrypoints.http.compat.express import EXPRESS
from shop.entrypoints.http.compat.flask import FLASK
from shop.entrypoints.http.compat.microservices import MICROSERVICES
from shop.settings.values import DialectName

_DIALECTS: Final = (EXPRESS, FLASK, MICROSERVICES)


def dialects_of(names: Collection[DialectName]) -> list[Dialect]:
    """Return the dialects of these names, in a fixed order."""
    return [dialect for dialect in _DIALECTS if dialect.name in names]
