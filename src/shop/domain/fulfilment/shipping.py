"""Shipping: zones say where methods deliver, methods say what a delivery costs."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, Self

from shop.domain.address import Place, postal_key
from shop.domain.catalogue.product import MAX_TAX_CLASS, STANDARD_TAX_CLASS
from shop.domain.catalogue.variant import weight_rule
from shop.domain.errors import ShopError, ValidationFailed
from shop.domain.rules import amount_rule, length_rule, shown_rule
from shop.domain.versions import FIRST_VERSION

EVERYWHERE: Final = "*"
MAX_ZONE_NAME: Final = 100
MAX_METHOD_NAME: Final = 100
MAX_METHOD_DESCRIPTION: Final = 1_000
MAX_COUNTRIES: Final = 300
MAX_REGIONS: Final = 1_000
MAX_POSTAL_ENTRIES: Final = 1_000
MAX_RATES: Final = 50
MAX_DELIVERY_DAYS: Final = 365
_POSTAL_PREFIX: Final = re.compile(r"[A-Z0-9]{1,10}")


class ZoneOverlap(ShopError):
    """Two zones are equally specific for one place, so neither takes precedence."""

    code: ClassVar[str] = "ZONE_OVERLAP"

    def __init__(self, other: "ShippingZone") -> None:
        super().__init__(
            f"The zone {other.name} is just as specific for some of these places.", {"zone_id": other.id}
        )


class ZoneInUse(ShopError):
    """A zone with methods can't be deleted."""

    code: ClassVar[str] = "ZONE_IN_USE"

    def __init__(self) -> None:
        super().__init__("The zone has shipping methods: delete or move them first.")


class ShippingRequired(ShopError):
    """Goods that have to be shipped need a shipping method and an address with a country."""

    code: ClassVar[str] = "SHIPPING_REQUIRED"

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__("Choose how and where to ship the goods.", dict.fromkeys(missing, "is required"))


class ShippingNotAvailable(ShopError):
    """The chosen method is gone, or does not serve this address or weight; `details.options` lists those that do."""

    code: ClassVar[str] = "SHIPPING_NOT_AVAILABLE"

    def __init__(self, options: Sequence[object]) -> None:
        super().__init__(
            "The chosen shipping method is not available for this address and these goods.",
            {"options": list(options)},
        )


@dataclass(frozen=True, slots=True)
class PostalRange:
    """Postal codes that begin with a prefix from `low` to `high`, both of the same length."""

    low: str
    high: str

    @classmethod
    def parse(cls, entry: str) -> Self:
        """Parse `10` or `20-29`. Raises ValueError, whose message follows the field's name."""
        ends = [postal_key(end) for end in entry.split("-")]
        low, high = ends[0], ends[-1]
        if len(ends) > 2 or not all(_POSTAL_PREFIX.fullmatch(end) for end in ends):
            raise ValueError("must be a prefix such as 10, or a range of prefixes such as 20-29")
        if len(low) != len(high) or low > high:
            raise ValueError("must be a range of prefixes of equal length, the lower one first")
        return cls(low, high)

    def matches(self, postal_code: str) -> bool:
        """Return whether a postal key begins with a prefix of the range."""
        return self.low <= postal_code[: len(self.low)] <= self.high and len(postal_code) >= len(self.low)

    def overlaps(self, other: "PostalRange") -> bool:
        """Return whether some prefix belongs to both ranges, which makes them equally specific."""
        return len(self.low) == len(other.low) and self.low <= other.high and other.low <= self.high

    def __str__(self) -> str:
        return self.low if self.low == self.high else f"{self.low}-{self.high}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingZone:
    """An area: countries, or everywhere (`*`).

    A country that has `regions` here is limited to these. `postal_codes`, if there are any, limit the whole
    zone.
    """

    id: str
    name: str
    countries: tuple[str, ...]
    regions: tuple[str, ...] = ()
    postal_codes: tuple[PostalRange, ...] = ()
    version: int = FIRST_VERSION

    def __post_init__(self) -> None:
        stray = [region for region in self.regions if region.split("-")[0] not in self.countries]
        rules = {
            "name": shown_rule(self.name, MAX_ZONE_NAME),
            "countries": _count_rule(self.countries, 1, MAX_COUNTRIES),
            "regions": "must belong to the zone's countries"
            if stray
            else _count_rule(self.regions, 0, MAX_REGIONS),
            "postal_codes": _count_rule(self.postal_codes, 0, MAX_POSTAL_ENTRIES),
        }
        if EVERYWHERE in self.countries and len(self.countries) > 1:
            rules["countries"] = "must be `*` alone, or countries"
        if faults := {field: rule for field, rule in rules.items() if rule}:
            raise ValidationFailed(faults)

    def revise(self, **changes: Any) -> Self:
        """Return the zone with these changes and the next version. Raises ValidationFailed."""
        return replace(self, version=self.version + 1, **changes)

    def specificity(self, place: Place) -> tuple[int, bool, bool] | None:
        """Return how specific the zone is for a place: the highest value wins. None if it lacks the place."""
        by_country = place.country in self.countries
        if not by_country and EVERYWHERE not in self.countries:
            return None
        regions = self._regions_of(place.country)
        if regions and place.region not in regions:
            return None
        prefix = 0
        if self.postal_codes:
            key = postal_key(place.postal_code)
            prefix = max((len(each.low) for each in self.postal_codes if each.matches(key)), default=0)
            if not prefix:
                return None
        return prefix, bool(regions), by_country

    def overlaps(self, other: "ShippingZone") -> bool:
        """Return whether both zones are equally specific for some place."""
        if not any(
            self._regions_of(country) & other._regions_of(country)
            if self._regions_of(country) and other._regions_of(country)
            else not self._regions_of(country) and not other._regions_of(country)
            for country in set(self.countries) & set(other.countries)
        ):
            return False
        if not self.postal_codes or not other.postal_codes:
            return not self.postal_codes and not other.postal_codes
        return any(one.overlaps(another) for one in self.postal_codes for another in other.postal_codes)

    def _regions_of(self, country: str) -> frozenset[str]:
        return frozenset(region for region in self.regions if region.startswith(f"{country}-"))


@dataclass(frozen=True, slots=True)
class ShippingRate:
    """A price for orders within bounds `[min, max)`: subtotal before discounts in minor units, weight in grams."""

    price: int
    min_subtotal: int | None = None
    max_subtotal: int | None = None
    min_weight: int | None = None
    max_weight: int | None = None

    def applies(self, subtotal: int, weight: int) -> bool:
        """Return whether an order of this subtotal and weight is within the bounds."""
        return _within(subtotal, self.min_subtotal, self.max_subtotal) and _within(
            weight, self.min_weight, self.max_weight
        )

    def broken_rules(self) -> dict[str, str]:
        """Return why this can't be a rate, by field; empty if it can."""
        rules = {
            "price": amount_rule(self.price),
            "min_subtotal": amount_rule(self.min_subtotal),
            "max_subtotal": amount_rule(self.max_subtotal)
            or _order_rule(self.min_subtotal, self.max_subtotal),
            "min_weight": weight_rule(self.min_weight),
            "max_weight": weight_rule(self.max_weight) or _order_rule(self.min_weight, self.max_weight),
        }
        return {field: rule for field, rule in rules.items() if rule}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingMethod:
    """A way to ship to a zone. `delivery_days` are the minimum and maximum days that a delivery takes."""

    id: str
    zone_id: str
    name: str
    rates: tuple[ShippingRate, ...]
    description: str | None = None
    active: bool = True
    tax_class: str = STANDARD_TAX_CLASS
    delivery_days: tuple[int, int] | None = None
    version: int = FIRST_VERSION

    def __post_init__(self) -> None:
        rules = {
            "name": shown_rule(self.name, MAX_METHOD_NAME),
            "description": length_rule(self.description, MAX_METHOD_DESCRIPTION),
            "tax_class": shown_rule(self.tax_class, MAX_TAX_CLASS),
            "rates": _count_rule(self.rates, 1, MAX_RATES),
            "delivery_days": _delivery_rule(self.delivery_days),
        }
        for index, rate in enumerate(self.rates):
            rules |= {f"rates[{index}].{field}": rule for field, rule in rate.broken_rules().items()}
        if faults := {field: rule for field, rule in rules.items() if rule}:
            raise ValidationFailed(faults)

    def revise(self, **changes: Any) -> Self:
        """Return the method with these changes and the next version. Raises ValidationFailed."""
        return replace(self, version=self.version + 1, **changes)

    def price(self, subtotal: int, weight: int) -> int | None:
        """Return the cheapest matching rate's price; None if no rate matches."""
        return min((rate.price for rate in self.rates if rate.applies(subtotal, weight)), default=None)


@dataclass(frozen=True, slots=True)
class ShippingOption:
    """A method that would ship certain goods to a certain place, at a price in minor units."""

    method: ShippingMethod
    price: int


def zone_of(place: Place, zones: Iterable[ShippingZone]) -> ShippingZone | None:
    """Return the most specific zone that contains a place; None if no zone does."""
    found = [(specificity, zone) for zone in zones if (specificity := zone.specificity(place)) is not None]
    return max(found, key=lambda each: each[0])[1] if found else None


def shipping_options(
    place: Place,
    zones: Iterable[ShippingZone],
    methods: Iterable[ShippingMethod],
    *,
    subtotal: int,
    weight: int,
) -> list[ShippingOption]:
    """Return the active methods that ship to a place, cheapest first, then by name."""
    zone = zone_of(place, zones)
    options = [
        ShippingOption(method, price)
        for method in methods
        if zone is not None and method.active and method.zone_id == zone.id
        if (price := method.price(subtotal, weight)) is not None
    ]
    return sorted(options, key=lambda option: (option.price, option.method.name, option.method.id))


def _within(value: int, low: int | None, high: int | None) -> bool:
    return (low is None or value >= low) and (high is None or value < high)


def _order_rule(low: int | None, high: int | None) -> str | None:
    return "must be above the minimum" if low is not None and high is not None and high <= low else None


def _delivery_rule(days: tuple[int, int] | None) -> str | None:
    if days is None or 0 <= days[0] <= days[1] <= MAX_DELIVERY_DAYS:
        return None
    return f"must be days from 0 to {MAX_DELIVERY_DAYS}, the minimum not above the maximum"


def _count_rule(values: Sequence[object], minimum: int, maximum: int) -> str | None:
    if len(values) < minimum:
        return "must not be empty"
    return f"must be at most {maximum}" if len(values) > maximum else None
