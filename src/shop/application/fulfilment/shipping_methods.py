"""Administration of shipping methods."""

from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from shop.application.framework.inputs import Id, MajorUnits, takes_back, text
from shop.application.pricing.selling_rules import AdministerRules, RuleKind
from shop.application.pricing.shipping_options import DeliveryDays, delivery_days_view
from shop.application.pricing.tax_rates import TaxClass
from shop.domain.audit import AuditAction
from shop.domain.catalogue.product import STANDARD_TAX_CLASS
from shop.domain.catalogue.variant import MAX_WEIGHT
from shop.domain.errors import ValidationFailed
from shop.domain.fulfilment.shipping import (
    MAX_METHOD_DESCRIPTION,
    MAX_METHOD_NAME,
    MAX_RATES,
    ShippingMethod,
    ShippingRate,
)
from shop.domain.money import Currency
from shop.domain.text import one_line, paragraphs

MethodName = Annotated[str, text(MAX_METHOD_NAME, 1)]
MethodDescription = Annotated[str, text(MAX_METHOD_DESCRIPTION)]
Grams = Annotated[int, msgspec.Meta(ge=0, le=MAX_WEIGHT)]


class ShippingRateInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A price for orders within `[min, max)`: subtotal before discounts in major units, weight in grams."""

    price: MajorUnits
    min_subtotal: MajorUnits | None = None
    max_subtotal: MajorUnits | None = None
    min_weight: Grams | None = None
    max_weight: Grams | None = None


Rates = Annotated[list[ShippingRateInput], msgspec.Meta(min_length=1, max_length=MAX_RATES)]


class ShippingMethodInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A new method of a zone. The cheapest rate that matches an order counts."""

    zone_id: Id
    name: MethodName
    rates: Rates
    description: MethodDescription | None = None
    active: bool = True
    tax_class: TaxClass = STANDARD_TAX_CLASS
    delivery_days: DeliveryDays | None = None


class ShippingRateView(msgspec.Struct, frozen=True, rename="camel"):
    """A price for orders within `[min, max)`; amounts in major units, weights in grams."""

    price: Decimal
    min_subtotal: Decimal | None
    max_subtotal: Decimal | None
    min_weight: int | None
    max_weight: int | None


class ShippingMethodView(msgspec.Struct, frozen=True, rename="camel"):
    """A way to ship to a zone, and what it costs."""

    id: str
    zone_id: str
    name: str
    description: str | None
    active: bool
    rates: list[ShippingRateView]
    tax_class: str
    delivery_days: DeliveryDays | None
    version: int


@takes_back(ShippingMethodView)
class ShippingMethodPatch(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """What to change; a field left out keeps its value. Read-only fields may come back and are ignored."""

    zone_id: Id | UnsetType = UNSET
    name: MethodName | UnsetType = UNSET
    rates: Rates | UnsetType = UNSET
    description: MethodDescription | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET
    tax_class: TaxClass | UnsetType = UNSET
    delivery_days: DeliveryDays | UnsetType | None = UNSET


class ShippingMethodTerms:
    """Converts method inputs to entities and entities to views, in the shop's currency."""

    def __init__(self, currency: Currency) -> None:
        self._currency = currency

    def kind(
        self,
    ) -> RuleKind[ShippingMethod, ShippingMethodInput, ShippingMethodPatch, ShippingMethodView]:
        """Return the functions and names with which AdministerRules handles methods."""
        return RuleKind(
            "shipping method",
            lambda rules: rules.methods,
            self.create,
            self.revise,
            self.view,
            AuditAction.SHIPPING_METHOD_CREATED,
            AuditAction.SHIPPING_METHOD_CHANGED,
            AuditAction.SHIPPING_METHOD_DELETED,
        )

    def create(self, method_id: str, new: ShippingMethodInput) -> ShippingMethod:
        """Return a new method. Raises ValidationFailed."""
        return ShippingMethod(
            id=method_id,
            zone_id=new.zone_id,
            name=one_line(new.name),
            rates=self._rates(new.rates),
            description=paragraphs(new.description or "") or None,
            active=new.active,
            tax_class=one_line(new.tax_class),
            delivery_days=_days(new.delivery_days),
        )

    def revise(self, method: ShippingMethod, patch: ShippingMethodPatch) -> ShippingMethod:
        """Return the changed method. Raises ValidationFailed."""
        description = method.description if patch.description is UNSET else patch.description
        return method.revise(
            zone_id=method.zone_id if patch.zone_id is UNSET else patch.zone_id,
            name=method.name if patch.name is UNSET else one_line(patch.name),
            rates=method.rates if patch.rates is UNSET else self._rates(patch.rates),
            description=paragraphs(description or "") or None,
            active=method.active if patch.active is UNSET else patch.active,
            tax_class=method.tax_class if patch.tax_class is UNSET else one_line(patch.tax_class),
            delivery_days=method.delivery_days
            if patch.delivery_days is UNSET
            else _days(patch.delivery_days),
        )

    def view(self, method: ShippingMethod) -> ShippingMethodView:
        """Return the method as the API shows it."""
        return ShippingMethodView(
            method.id,
            method.zone_id,
            method.name,
            method.description,
            method.active,
            [self._rate_view(rate) for rate in method.rates],
            method.tax_class,
            delivery_days_view(method),
            method.version,
        )

    def _rates(self, given: list[ShippingRateInput]) -> tuple[ShippingRate, ...]:
        return tuple(self._rate(rate, f"rates[{index}]") for index, rate in enumerate(given))

    def _rate(self, given: ShippingRateInput, field: str) -> ShippingRate:
        def minor(amount: MajorUnits | None, name: str) -> int | None:
            return None if amount is None else self._currency.to_minor(amount, f"{field}.{name}")

        return ShippingRate(
            self._currency.price_to_minor(given.price, f"{field}.price"),
            minor(given.min_subtotal, "min_subtotal"),
            minor(given.max_subtotal, "max_subtotal"),
            given.min_weight,
            given.max_weight,
        )

    def _rate_view(self, rate: ShippingRate) -> ShippingRateView:
        def major(amount: int | None) -> Decimal | None:
            return None if amount is None else self._currency.to_major(amount)

        return ShippingRateView(
            self._currency.to_major(rate.price),
            major(rate.min_subtotal),
            major(rate.max_subtotal),
            rate.min_weight,
            rate.max_weight,
        )


class AdministerShippingMethods(
    AdministerRules[ShippingMethod, ShippingMethodInput, ShippingMethodPatch, ShippingMethodView]
):
    """Admins: manage shipping methods. While any method is active, goods cannot be sold without one."""


def _days(given: DeliveryDays | None) -> tuple[int, int] | None:
    if given is not None and given.min > given.max:
        raise ValidationFailed({"deliveryDays.max": "must not be below the minimum"})
    return None if given is None else (given.min, given.max)
