"""The content security policy of the pages."""

from collections.abc import Sequence
from typing import Final

from shop.settings import Payments

_STRIPE: Final = {
    "script-src": "https://js.stripe.com",
    "connect-src": "https://api.stripe.com",
    "frame-src": "https://js.stripe.com https://hooks.stripe.com",
}


def page_headers(payments: Sequence[Payments], *, data_images: bool = False) -> dict[str, str]:
    """Return the security headers of a page. `data_images` allows images in `data:` URLs, such as QR codes.

    Scripts and styles are the shop's own files, never inline. Images may come from any https host, as the
    catalogue requires. Stripe's scripts and their frames are allowed only if Stripe is a payment provider;
    otherwise trusted types prevent every script from turning text into markup.
    """
    directives = {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": f"'self' https:{' data:' if data_images else ''}",
        "connect-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    if Payments.STRIPE in payments:
        for name, hosts in _STRIPE.items():
            directives[name] = f"{directives.get(name, '')} {hosts}".strip()
    else:
        directives |= {
            "frame-src": "'none'",
            "require-trusted-types-for": "'script'",
            "trusted-types": "'none'",
        }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in directives.items()),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Referrer-Policy": "same-origin",
    }
