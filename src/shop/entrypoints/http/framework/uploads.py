"""Uploaded files: their digests, computed once per request."""

import asyncio
import hashlib
from typing import Any

from litestar import Request
from litestar.datastructures import UploadFile

from shop.entrypoints.http.framework.context import context_of


async def digest_of(request: Request[Any, Any, Any], file: UploadFile) -> bytes:
    """Return the SHA-256 of the file's content, and leave the file at its start."""
    known = context_of(request.scope).file_digests
    for each, digest in known:
        if each is file:
            return digest
    digest = (await asyncio.to_thread(hashlib.file_digest, file.file, "sha256")).digest()
    await file.seek(0)
    known.append((file, digest))
    return digest
