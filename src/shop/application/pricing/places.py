"""Countries, regions and postal codes in requests."""

from typing import Final

from shop.application.ports.places import Places
from shop.domain.address import Place
from shop.domain.errors import ValidationFailed
from shop.domain.text import one_line

MAX_POSTAL_CODE: Final = 20


class PlaceTerms:
    """Converts input texts to ISO codes. Raises ValidationFailed, naming the field."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def country(self, text: str, field: str) -> str:
        """Return the ISO 3166-1 code."""
        code = self._places.country(one_line(text))
        if code is None:
            raise ValidationFailed({field: "must be a two-letter country code such as DE"})
        return code

    def region(self, country: str, text: str | None, field: str) -> str | None:
        """Return the ISO 3166-2 code of a region of the country; None for no text."""
        if text is None or not one_line(text):
            return None
        code = self._places.region(country, one_line(text))
        if code is None:
            raise ValidationFailed({field: f"must be a region of {country}, such as its ISO 3166-2 code"})
        return code

    def place(self, country: str, region: str | None, postal_code: str | None) -> Place:
        """Return the place of fields named `country`, `region` and `postal_code`."""
        code = self.country(country, "country")
        postal = one_line(postal_code or "")
        if len(postal) > MAX_POSTAL_CODE:
            raise ValidationFailed({"postal_code": f"must be at most {MAX_POSTAL_CODE} characters"})
        return Place(code, self.region(code, region, "region"), postal or None)

    def of_address(self, country: str, region: str | None, postal_code: str | None) -> Place:
        """Return the place of an address. Its region is free text; an unknown region is dropped."""
        return Place(country, self._places.region(country, region) if region else None, postal_code)
