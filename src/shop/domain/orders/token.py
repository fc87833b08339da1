"""Order tokens, which give guests access to their orders."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class OrderToken:
    """One of an order's tokens: from the checkout, or from a mail. The shop stores only its digest (SHA-256).

    It works only until the order belongs to an account.
    """

    id: str
    order_id: str
    digest: bytes = field(repr=False)
    created_at: datetime
