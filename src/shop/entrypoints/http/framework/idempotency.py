"""Parsing of the `Idempotency-Key` header for the use cases."""

import hashlib
import re
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from litestar import Request
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType

from shop.application.framework.idempotency import IdempotencyKey, KeyOwner
from shop.application.ports.system import KeyedDigests
from shop.entrypoints.http.framework.context import context_of
from shop.entrypoints.http.framework.decoding import canonical
from shop.entrypoints.http.framework.uploads import digest_of
from shop.entrypoints.http.framework.wire_names import InvalidRequest

MAX_KEY_LENGTH: Final = 255
KEY_CHARACTERS: Final = "[ -~]"
"""Printable ASCII."""
_KEY: Final = re.compile(f"{KEY_CHARACTERS}{{1,{MAX_KEY_LENGTH}}}".encode("ascii"))


async def provide_idempotency(
    request: Request[Any, Any, Any], digests: NamedDependency[KeyedDigests]
) -> IdempotencyKey | None:
    """Return the request's idempotency key with its fingerprint; None without the header.

    Bodies that differ only in white space, field order or number notation have the same fingerprint, and so have
    queries that differ only in the order of their parameters. The key of a caller without account or token is ignored,
    because a key belongs to its caller. Raises InvalidRequest unless the key is 1 to 255 printable ASCII characters.
    """
    key = _key(request)
    context = context_of(request.scope)
    if key is None or (context.principal is None and context.guest is None and context.order_token is None):
        return None
    asked = f"{request.scope['method']} {request.scope['path']}{_query(request)}"
    fingerprint = digests("idempotent request", asked, await _digest_of_content(request)).hex()
    name = key.decode("ascii")
    if context.principal is not None:
        return IdempotencyKey(context.principal.scope, name, fingerprint, context.principal.user_id)
    if context.order_token is not None:
        token = context.order_token
        return IdempotencyKey(token.id, name, fingerprint, owner=KeyOwner.ORDER_TOKEN)
    assert context.guest is not None
    return IdempotencyKey(context.guest.cart_id, name, fingerprint, owner=KeyOwner.CART)


def _query(request: Request[Any, Any, Any]) -> str:
    """Return the query's parameters in alphabetical order: a dry run is another request than the real one."""
    parameters = sorted(parse_qsl(request.url.query, keep_blank_values=True))
    return f"?{urlencode(parameters)}" if parameters else ""


async def _digest_of_content(request: Request[Any, Any, Any]) -> str:
    """Return a digest of the JSON value, or of a form's parts: their boundary differs in every request."""
    if request.content_type[0] != RequestEncodingType.MULTI_PART:
        return hashlib.sha256(canonical(await request.body() or b"{}")).hexdigest()
    parts = []
    for name, value in (await request.form()).multi_items():
        if isinstance(value, UploadFile):
            digest = (await digest_of(request, value)).hex()
        else:
            digest = hashlib.sha256(str(value).encode()).hexdigest()
        parts.append(f"{name} {digest}")
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()


def _key(request: Request[Any, Any, Any]) -> bytes | None:
    """Return the header's value; None without the header. Raises InvalidRequest."""
    key = next((value for name, value in request.scope["headers"] if name == b"idempotency-key"), None)
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise InvalidRequest({"Idempotency-Key": "must be 1 to 255 printable ASCII characters"})
    return key
