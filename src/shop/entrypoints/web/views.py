"""The storefront's views that scripts render: each one's script, and what the page shows until it has run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedView:
    """A view. Its page arrives with the view's heading and first sentence, where these are always the same."""

    script: str
    heading: str | None = None
    lead: str | None = None
    narrow: bool = False


SCRIPTED_VIEWS: Final[Mapping[str, ScriptedView]] = {
    "account": ScriptedView(script="account.js", heading="Your account"),
    "addresses": ScriptedView(script="addresses.js", heading="Your addresses"),
    "cart": ScriptedView(
        script="cartpage.js",
        heading="Cart",
        lead="Shipping and tax are calculated at checkout, before you order.",
    ),
    "checkout": ScriptedView(
        script="checkout.js",
        heading="Check out",
        lead="You see the total with shipping and tax before you order.",
    ),
    "login": ScriptedView(script="entering.js", heading="Log in", narrow=True),
    "orders": ScriptedView(script="orders.js", heading="Your orders"),
    "reset-password": ScriptedView(script="recovery.js"),
    "signup": ScriptedView(script="entering.js", heading="Sign up", narrow=True),
    "statistics": ScriptedView(script="statistics.js", heading="Your figures"),
    "verify-email": ScriptedView(script="recovery.js"),
}
"""By the first segment of the address."""
ORDER: Final = ScriptedView(script="order.js")
"""`/orders/{id}`."""
LIST: Final = ScriptedView(script="catalogue.js")
"""A filtered list of products, or any view while the database is down."""
