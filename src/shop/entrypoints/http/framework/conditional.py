"""Conditional requests: `ETag`, `If-None-Match` (304 on reads), `If-Match` (412 on writes)."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request

from shop.application.framework.idempotency import Outcome
from shop.application.framework.inputs import ExpectedVersions
from shop.application.framework.views import encode
from shop.domain.versions import FIRST_VERSION
from shop.entrypoints.http.framework.responses import JSON, BytesResponse, answer_response

_ENTITY_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_VERSION = re.compile(r"(\d{1,18})(?:-\d{1,18})?")


def provide_expected_versions(request: Request[Any, Any, Any]) -> ExpectedVersions:
    """Return the versions in the request's `If-Match`, for the use case to compare with the current one.

    Return None without the header, or with `*`. In a tag such as `"7-40"` only the version counts (a product's
    tag also holds its stock, which changes with every sale). Weak and foreign tags match no version, so a
    malformed header yields an empty set: the use case rejects it as stale (412), and nothing changes.
    """
    header = _joined_header(request, b"if-match")
    if header is None or header.strip() == "*":
        return None
    return frozenset(
        int(version[1])
        for weak, opaque in _ENTITY_TAG.findall(header)
        if not weak and (version := _VERSION.fullmatch(opaque))
    )


def respond(
    request: Request[Any, Any, Any],
    body: bytes,
    *,
    etag: str | None = None,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    media_type: bytes = JSON,
) -> BytesResponse[Any]:
    """Return `body` with `etag` (unquoted: 7 or 7-40) as its ETag; 304 if a GET names it in `If-None-Match`.

    `status` defaults to the status that the route declares.
    """
    if etag is None:
        return BytesResponse(body, status=status, headers=headers, media_type=media_type)
    headers = {**(headers or {}), "ETag": f'"{etag}"'}
    if request.scope["method"] == "GET":
        known = _joined_header(request, b"if-none-match")
        if known is not None and _lists(known, etag):
            return BytesResponse(b"", status=304, headers=headers)
    return BytesResponse(body, status=status, headers=headers, media_type=media_type)


def respond_versioned(
    request: Request[Any, Any, Any], view: msgspec.Struct, version: int
) -> BytesResponse[Any]:
    """Return the view of a resource with this version, as JSON with its ETag; 304 as in `respond`."""
    body = encode(view)
    return respond(request, body, etag=versioned_etag(version, body))


def created(outcome: Outcome[Any], location: str, etag: str | None = None) -> BytesResponse[Any]:
    """Return the 201 response for the resource at `location`, created by this request or an earlier one."""
    headers = {"Location": location} | ({} if etag is None else {"ETag": f'"{etag}"'})
    return answer_response(outcome, 201, headers)


def created_first_version(outcome: Outcome[Any], location: str) -> BytesResponse[Any]:
    """Like `created`, for a resource whose ETag is a `versioned_etag`."""
    return created(outcome, location, versioned_etag(FIRST_VERSION, outcome.body))


def _lists(header: str, etag: str) -> bool:
    return header.strip() == "*" or any(tag == etag for _, tag in _ENTITY_TAG.findall(header))


def versioned_etag(version: int, body: bytes) -> str:
    """Return an ETag for a resource that can change without a new version.

    `If-Match` compares only the version, `If-None-Match` the whole tag.
    """
    digest = int.from_bytes(hashlib.blake2b(body, digest_size=7).digest())
    return f"{version}-{digest}"


def content_etag(body: bytes) -> str:
    """Return an ETag for a resource without a version: a digest of the bytes sent."""
    return hashlib.blake2b(body, digest_size=12).hexdigest()


def _joined_header(request: Request[Any, Any, Any], wanted: bytes) -> str | None:
    values = [value for name, value in request.scope["headers"] if name == wanted]
    return b",".join(values).decode("latin-1") if values else None
