"""Administration of shipping zones."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from shop.application.framework.inputs import takes_back, text
from shop.application.ports.places import Places
from shop.application.pricing.places import PlaceTerms
from shop.application.pricing.selling_rules import AdministerRules, RuleKind
from shop.domain.audit import AuditAction
from shop.domain.errors import ValidationFailed
from shop.domain.fulfilment.shipping import (
    EVERYWHERE,
    MAX_COUNTRIES,
    MAX_POSTAL_ENTRIES,
    MAX_REGIONS,
    MAX_ZONE_NAME,
    PostalRange,
    ShippingZone,
)
from shop.domain.text import one_line

ZoneName = Annotated[str, text(MAX_ZONE_NAME, 1)]
Countries = Annotated[
    list[Annotated[str, text(2, pattern=r"^([A-Za-z]{2}|\*)$")]],
    msgspec.Meta(min_length=1, max_length=MAX_COUNTRIES),
]
Regions = Annotated[list[Annotated[str, text(100, 1)]], msgspec.Meta(max_length=MAX_REGIONS)]
PostalCodes = Annotated[list[Annotated[str, text(50, 1)]], msgspec.Meta(max_length=MAX_POSTAL_ENTRIES)]


class ShippingZoneInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A new zone. `countries` is `["*"]` or codes; a postal entry is a prefix (`10`) or a range (`20-29`)."""

    name: ZoneName
    countries: Countries
    regions: Regions = []
    postal_codes: PostalCodes = []


class ShippingZoneView(msgspec.Struct, frozen=True, rename="camel"):
    """The area to which the zone's methods deliver. The most specific zone for a place applies."""

    id: str
    name: str
    countries: list[str]
    regions: list[str]
    postal_codes: list[str]
    version: int


@takes_back(ShippingZoneView)
class ShippingZonePatch(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """What to change; a field left out keeps its value. Read-only fields may come back and are ignored."""

    name: ZoneName | UnsetType = UNSET
    countries: Countries | UnsetType = UNSET
    regions: Regions | UnsetType = UNSET
    postal_codes: PostalCodes | UnsetType = UNSET


class ShippingZoneTerms:
    """Converts zone inputs to entities and entities to views."""

    def __init__(self, places: Places) -> None:
        self._places = PlaceTerms(places)

    def kind(self) -> RuleKind[ShippingZone, ShippingZoneInput, ShippingZonePatch, ShippingZoneView]:
        """Return the functions and names with which AdministerRules handles zones."""
        return RuleKind(
            "shipping zone",
            lambda rules: rules.zones,
            self.create,
            self.revise,
            self.view,
            AuditAction.SHIPPING_ZONE_CREATED,
            AuditAction.SHIPPING_ZONE_CHANGED,
            AuditAction.SHIPPING_ZONE_DELETED,
        )

    def create(self, zone_id: str, new: ShippingZoneInput) -> ShippingZone:
        """Return a new zone. Raises ValidationFailed."""
        countries = self._countries(new.countries)
        return ShippingZone(
            id=zone_id,
            name=one_line(new.name),
            countries=countries,
            regions=self._regions(countries, new.regions),
            postal_codes=_ranges(new.postal_codes),
        )

    def revise(self, zone: ShippingZone, patch: ShippingZonePatch) -> ShippingZone:
        """Return the changed zone. Raises ValidationFailed."""
        countries = zone.countries if patch.countries is UNSET else self._countries(patch.countries)
        return zone.revise(
            name=zone.name if patch.name is UNSET else one_line(patch.name),
            countries=countries,
            regions=zone.regions if patch.regions is UNSET else self._regions(countries, patch.regions),
            postal_codes=zone.postal_codes if patch.postal_codes is UNSET else _ranges(patch.postal_codes),
        )

    def view(self, zone: ShippingZone) -> ShippingZoneView:
        """Return the zone as the API shows it."""
        return ShippingZoneView(
            zone.id,
            zone.name,
            list(zone.countries),
            list(zone.regions),
            list(map(str, zone.postal_codes)),
            zone.version,
        )

    def _countries(self, texts: list[str]) -> tuple[str, ...]:
        if [one_line(each) for each in texts] == [EVERYWHERE]:
            return (EVERYWHERE,)
        codes = [self._places.country(each, f"countries[{index}]") for index, each in enumerate(texts)]
        return tuple(dict.fromkeys(codes))

    def _regions(self, countries: tuple[str, ...], texts: list[str]) -> tuple[str, ...]:
        regions = []
        for index, each in enumerate(texts):
            country = one_line(each)[:2].upper() if len(countries) != 1 else countries[0]
            if country not in countries or country == EVERYWHERE:
                raise ValidationFailed({f"regions[{index}]": "must belong to one of the zone's countries"})
            code = self._places.region(country, each, f"regions[{index}]")
            if code is None:
                raise ValidationFailed({f"regions[{index}]": "must not be blank"})
            regions.append(code)
        return tuple(dict.fromkeys(regions))


class AdministerShippingZones(
    AdministerRules[ShippingZone, ShippingZoneInput, ShippingZonePatch, ShippingZoneView]
):
    """Admins: manage shipping zones. The most specific zone for a place applies; a zone in use can't be deleted."""


def _ranges(entries: list[str]) -> tuple[PostalRange, ...]:
    ranges = []
    for index, entry in enumerate(entries):
        try:
            ranges.append(PostalRange.parse(entry))
        except ValueError as error:
            raise ValidationFailed({f"postalCodes[{index}]": str(error)}) from None
    return tuple(dict.fromkeys(ranges))
