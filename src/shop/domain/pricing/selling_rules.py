"""The rules by which carts and checkouts are priced: shipping zones, shipping methods and tax rates."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self, TypeAlias

from shop.domain.address import Place
from shop.domain.errors import ValidationFailed
from shop.domain.fulfilment.shipping import (
    ShippingMethod,
    ShippingOption,
    ShippingZone,
    ZoneInUse,
    ZoneOverlap,
    shipping_options,
)
from shop.domain.pricing.quote import Quote
from shop.domain.pricing.shipping import ShippingCharge
from shop.domain.pricing.tax import Taxation, TaxRate, TaxRateTaken, rates_at

Rule: TypeAlias = ShippingZone | ShippingMethod | TaxRate


@dataclass(frozen=True, slots=True)
class SellingRules:
    """A consistent snapshot of all the shop's rules. A shop without rules ships nowhere and charges no tax."""

    zones: tuple[ShippingZone, ...] = ()
    methods: tuple[ShippingMethod, ...] = ()
    tax_rates: tuple[TaxRate, ...] = ()

    @classmethod
    def of(cls, rules: Iterable[Rule]) -> Self:
        """Return these rules by kind, each kind ordered by id."""
        ordered = sorted(rules, key=lambda rule: rule.id)
        return cls(
            tuple(rule for rule in ordered if isinstance(rule, ShippingZone)),
            tuple(rule for rule in ordered if isinstance(rule, ShippingMethod)),
            tuple(rule for rule in ordered if isinstance(rule, TaxRate)),
        )

    def __iter__(self) -> Iterator[Rule]:
        yield from self.zones
        yield from self.methods
        yield from self.tax_rates

    @property
    def ships(self) -> bool:
        """Return whether any shipping method is active: goods that have to be shipped then need one."""
        return any(method.active for method in self.methods)

    def options(self, place: Place, goods: Quote) -> list[ShippingOption]:
        """Return the active methods that ship the goods to a place, cheapest first."""
        return shipping_options(
            place, self.zones, self.methods, subtotal=goods.subtotal, weight=goods.shipped_weight
        )

    def charge(self, method_id: str, place: Place, goods: Quote) -> ShippingCharge | None:
        """Return what the method charges to ship the goods to a place; None if it is not available."""
        for option in self.options(place, goods):
            if option.method.id == method_id:
                return ShippingCharge(method_id, option.method.name, option.price, option.method.tax_class)
        return None

    def taxation(self, place: Place | None, *, included: bool, reverse_charge: bool = False) -> Taxation:
        """Return how goods supplied at the place are taxed. If it is None, no tax is charged."""
        return Taxation(rates_at(self.tax_rates, place), included, reverse_charge)

    def ensure_fits(self, rule: Rule) -> None:
        """Check that a new or changed rule does not contradict the others.

        Raises ZoneOverlap, TaxRateTaken, or ValidationFailed for a method of an unknown zone.
        """
        if isinstance(rule, ShippingZone):
            for zone in self.zones:
                if zone.id != rule.id and zone.overlaps(rule):
                    raise ZoneOverlap(zone)
        elif isinstance(rule, ShippingMethod):
            if all(zone.id != rule.zone_id for zone in self.zones):
                raise ValidationFailed({"zone_id": "must be a shipping zone's id"})
        elif any(rate.key == rule.key and rate.id != rule.id for rate in self.tax_rates):
            raise TaxRateTaken

    def ensure_deletable(self, rule: Rule) -> None:
        """Raise ZoneInUse for a zone that still has methods."""
        if isinstance(rule, ShippingZone) and any(method.zone_id == rule.id for method in self.methods):
            raise ZoneInUse
