"""The links in mails, from the shop's link templates."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from shop.domain.messages.message import Template

_ORDER_TEMPLATES: Final = {
    Template.ORDER_PLACED,
    Template.ORDER_PAID,
    Template.ORDER_REFUNDED,
    Template.ORDER_CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Links:
    """The shop's address, and the templates of links, with the placeholders `{SHOP_URL}`, `{token}` and the order's
    `{id}` and `{number}`. Tokens are in the fragment, which browsers never send."""

    shop_url: str
    reset: str
    verify: str
    order: str

    def of(self, template: Template, facts: Mapping[str, Any], token: str | None) -> str | None:
        """Return the link of a message; None if messages of this kind have no link.

        Without a token, an order's link ends before its fragment: the reader logs in.
        """
        if template is Template.PASSWORD_RESET:
            return self.reset.format(SHOP_URL=self.shop_url, token=token)
        if template is Template.VERIFY_EMAIL:
            return self.verify.format(SHOP_URL=self.shop_url, token=token)
        if template not in _ORDER_TEMPLATES:
            return None
        link = self.order if token is not None else self.order.partition("#")[0]
        order = facts["order"]
        return link.format(SHOP_URL=self.shop_url, token=token, id=order["id"], number=order["number"])
