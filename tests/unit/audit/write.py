"""A write of an administrator, and what the audit trail says of it."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from shop.testing import ShopHarness
from tests.unit.shopping import (
    Json,
)

Write = tuple[str, str, Json | None, Json]
"""Path, the subject's id (empty: in the answer's `id`), body, and what the entry says beside who and when."""

AS_FORM: Any = object()
"""In place of a body: the request is a form with a picture."""

Preparation = Callable[[ShopHarness, httpx.AsyncClient], Awaitable[Write]]
