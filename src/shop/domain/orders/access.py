"""Who may act on an order: accounts, and guests by the order's token."""

from dataclasses import dataclass, field
from datetime import datetime

from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.user import Principal
from shop.domain.orders.order import Order


@dataclass(frozen=True, slots=True)
class OrderToken:
    """One of an order's tokens: from the checkout, or from a mail. The shop stores only its digest (SHA-256).

    It works only until the order belongs to an account.
    """

    id: str
    order_id: str
    digest: bytes = field(repr=False)
    created_at: datetime


@dataclass(frozen=True, slots=True)
class OrderAccess:
    """The credentials of a request for an order: a login, the token of a guest's order, or both."""

    principal: Principal | None
    token: OrderToken | None = None

    def owns(self, order: Order) -> bool:
        """Return whether the order belongs to the login's account, or is the guest's order of this token."""
        if order.user_id is None:
            return self.token is not None and self.token.order_id == order.id
        return self.principal is not None and self.principal.owns(order.user_id)

    def may(self, permission: Permission) -> bool:
        """Return whether the login has this permission."""
        return self.principal is not None and self.principal.may(permission)
