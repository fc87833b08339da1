"""Responses with pages and files, compressed for clients that accept it."""

import gzip
import re
from collections.abc import Mapping
from typing import Any, Final

from litestar import Request

from shop.entrypoints.http.framework.conditional import content_etag, respond
from shop.entrypoints.http.framework.responses import BytesResponse
from shop.entrypoints.web.assets import Asset

HTML: Final = b"text/html; charset=utf-8"
_GZIP_LEVEL: Final = 5
_CODING: Final = re.compile(
    r"\s*([^\s;]+)\s*(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?", re.IGNORECASE
)
"""An element of `Accept-Encoding`: a coding and its quality (RFC 9110, section 12.5.3)."""


def accepts_gzip(request: Request[Any, Any, Any]) -> bool:
    """Return whether the client accepts gzip, and does not prefer an uncompressed response."""
    qualities: dict[str, float] = {}
    for element in ",".join(request.headers.getall("accept-encoding", [])).split(","):
        if parsed := _CODING.fullmatch(element):
            qualities[parsed[1].lower()] = float(parsed[2] or 1)
    named = [qualities[name] for name in ("gzip", "x-gzip") if name in qualities]
    quality = max(named) if named else qualities.get("*", 0)
    return quality > 0 and quality >= qualities.get("identity", 0)


def send_asset(
    request: Request[Any, Any, Any], asset: Asset, headers: Mapping[str, str], status: int | None = None
) -> BytesResponse[bytes]:
    headers = {**headers, "Vary": "Accept-Encoding"}
    body = asset.body
    if accepts_gzip(request):
        body, headers["Content-Encoding"] = asset.compressed, "gzip"
    return BytesResponse(body, status=status, media_type=asset.media_type, headers=headers)


def compressed(page: bytes) -> bytes:
    return gzip.compress(page, _GZIP_LEVEL, mtime=0)


def send_page(
    request: Request[Any, Any, Any], body: bytes, headers: Mapping[str, str]
) -> BytesResponse[bytes]:
    """Return a rendered page with its ETag. `body` must already be compressed if the client accepts gzip."""
    headers = {**headers, "Vary": "Accept-Encoding"}
    if accepts_gzip(request):
        headers["Content-Encoding"] = "gzip"
    return respond(request, body, etag=content_etag(body), headers=headers, media_type=HTML)
