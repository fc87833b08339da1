"""Who may act on an order."""

from dataclasses import dataclass

from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.user import Principal
from shop.domain.orders.order import Order
from shop.domain.orders.token import OrderToken


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
