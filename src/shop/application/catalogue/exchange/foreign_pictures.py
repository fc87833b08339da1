"""Picture URLs as other shop systems write them."""

from typing import Final

from shop.application.catalogue.exchange.fields import Field

_INSECURE: Final = "http://"
_CHANGED: Final = (
    "The picture's address begins with http: and was stored with https:, which browsers ask for."
)


def picture(field: Field, text: str) -> dict[Field, str]:
    """Return the field with a URL that the shop accepts, and a warning if `http:` was changed to `https:`."""
    address = text.strip()
    if address.startswith("//"):
        return {field: f"https:{address}"}
    if address[: len(_INSECURE)].casefold() == _INSECURE:
        return {field: f"https://{address[len(_INSECURE) :]}", Field.WARNING: _CHANGED}
    return {field: address}
