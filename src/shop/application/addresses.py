"""Inputs and views of contacts and addresses."""

from typing import Annotated, Self

import msgspec

from shop.application.framework.inputs import text
from shop.application.ports.places import Places, VatIds
from shop.domain.accounts.credentials import email_key
from shop.domain.address import MAX_FIELD_LENGTH, Address
from shop.domain.errors import ValidationFailed
from shop.domain.orders.snapshot import Contact
from shop.domain.text import has_visible_text, one_line

Line = Annotated[str, text(MAX_FIELD_LENGTH)]
Email = Annotated[str, text(MAX_FIELD_LENGTH, format="email")]
VatId = Annotated[str, text(MAX_FIELD_LENGTH)]
Country = Annotated[str, text(2, 2, pattern="^[A-Za-z]{2}$")]


class ContactInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """How to reach the buyer about the order. `vat_id` is a company's, with its country's prefix (`DE136695976`)."""

    name: Line | None = None
    email: Email | None = None
    phone: Line | None = None
    vat_id: VatId | None = None


class AddressInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A postal address. `country` is an ISO 3166-1 alpha-2 code."""

    name: Line | None = None
    company: Line | None = None
    line1: Line | None = None
    line2: Line | None = None
    city: Line | None = None
    region: Line | None = None
    postal_code: Line | None = None
    country: Country | None = None
    phone: Line | None = None


class AddressView(msgspec.Struct, frozen=True, rename="camel"):
    """A postal address, as it was written."""

    name: str | None
    company: str | None
    line1: str | None
    line2: str | None
    city: str | None
    region: str | None
    postal_code: str | None
    country: str | None
    phone: str | None

    @classmethod
    def of(cls, address: Address) -> Self:
        return cls(
            name=address.name,
            company=address.company,
            line1=address.line1,
            line2=address.line2,
            city=address.city,
            region=address.region,
            postal_code=address.postal_code,
            country=address.country,
            phone=address.phone,
        )


class AddressTerms:
    """Converts contact and address inputs to values. A text without visible characters counts as missing."""

    def __init__(self, places: Places, vat_ids: VatIds) -> None:
        self._places = places
        self._vat_ids = vat_ids

    def contact(self, given: ContactInput | None, where: str) -> Contact:
        """Return the contact. Raises ValidationFailed; `where` prefixes the field names: `contact.email`."""
        texts, faults = _texts(given, ContactInput, where)
        email = texts.get("email")
        # Check the text as sent: a control character makes an address invalid.
        if given is not None and email is not None and email_key(given.email or "") is None:
            faults[_name(where, "email")] = "must be an email address such as ada@example.com"
        vat_id = texts.get("vat_id")
        if vat_id is not None:
            texts["vat_id"] = self._vat_ids.normalized(vat_id)
            if texts["vat_id"] is None:
                faults[_name(where, "vat_id")] = (
                    "must be a VAT id with its country's prefix, such as DE136695976"
                )
        if faults:
            raise ValidationFailed(faults)
        return Contact(**texts)

    def address(self, given: AddressInput | None, where: str = "") -> Address:
        """Return the address. Raises ValidationFailed like `contact`."""
        texts, faults = _texts(given, AddressInput, where)
        country = texts.get("country")
        if country is not None:
            texts["country"] = self._places.country(country)
            if texts["country"] is None:
                faults[_name(where, "country")] = "must be a two-letter country code such as DE"
        if faults:
            raise ValidationFailed(faults)
        return Address(**texts)


def _texts(
    given: msgspec.Struct | None, kind: type[msgspec.Struct], where: str
) -> tuple[dict[str, str | None], dict[str, str]]:
    """Return the normalized texts of the fields of `kind`, and the errors by path."""
    texts: dict[str, str | None] = {}
    faults = {}
    if given is not None:
        for field in msgspec.structs.fields(kind):
            text = one_line(getattr(given, field.name) or "")
            texts[field.name] = text if has_visible_text(text) else None
            if len(text) > MAX_FIELD_LENGTH:
                faults[_name(where, field.name)] = f"must be at most {MAX_FIELD_LENGTH} characters"
    return texts, faults


def _name(where: str, field: str) -> str:
    return f"{where}.{field}" if where else field
