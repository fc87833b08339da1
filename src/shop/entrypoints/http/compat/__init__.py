"""Dialects: clients of three well-known small back ends work with the shop unchanged.

A dialect only translates names and shapes: its routes call the same use cases as the main API, with the same
policies, limits, idempotency keys and audit. Each handler names the corresponding operation of the main API
in `like`.
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
    """Return the dialects with these names, in a fixed order."""
    return [dialect for dialect in _DIALECTS if dialect.name in names]
