"""Variants: what is priced, stocked and bought. Rules of their options, and of product codes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from shop.domain.errors import ShopError
from shop.domain.rules import address_rule, amount_rule, identifier_rule, shown_rule
from shop.domain.text import one_line, tidy

MAX_OPTIONS: Final = 3
MAX_VARIANTS: Final = 100
MAX_OPTION_NAME: Final = 40
MAX_OPTION_VALUE: Final = 100
MAX_SKU: Final = 64
MAX_BARCODE: Final = 64
MAX_WEIGHT: Final = 1_000_000_000
MAX_IMAGE_URL: Final = 2_000
_GTIN_LENGTHS: Final = frozenset((8, 12, 13, 14))

Choice = tuple[tuple[str, str], ...]
"""An option's name and the chosen value, for each option of a product in its order."""


class LastVariant(ShopError):
    """A product keeps at least one variant."""

    code: ClassVar[str] = "LAST_VARIANT"

    def __init__(self) -> None:
        super().__init__("A product keeps at least one variant: delete the product instead.")


class VariantRequired(ShopError):
    """An item names a product that is sold in variants; `details.choices` lists the variants to choose from."""

    code: ClassVar[str] = "VARIANT_REQUIRED"

    def __init__(self, choices: Sequence[Mapping[str, object]]) -> None:
        names = ", ".join(dict.fromkeys(str(choice["name"]) for choice in choices))
        super().__init__(f"Choose a variant of: {names}.", {"choices": list(choices)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One variant of a product; prices in minor units, weight in grams.

    `options` are its values for the product's options, in their order. `prior_price` is the lowest price of the 30
    days before a reduction that is still announced. Texts are tidied; the product checks `broken_rules`.
    """

    id: str
    price: int
    options: tuple[str, ...] = ()
    sku: str | None = None
    compare_at_price: int | None = None
    prior_price: int | None = None
    weight: int | None = None
    barcode: str | None = None
    image_url: str | None = None
    active: bool = True

    def __post_init__(self) -> None:
        for field in ("sku", "barcode", "image_url"):
            object.__setattr__(self, field, tidy(getattr(self, field) or "") or None)
        object.__setattr__(self, "options", tuple(map(one_line, self.options)))

    def broken_rules(self) -> dict[str, str]:
        """Return why this can't be a variant, by field; empty if it can."""
        rules = {
            "sku": identifier_rule(self.sku, MAX_SKU),
            "barcode": identifier_rule(self.barcode, MAX_BARCODE),
            "image_url": address_rule(self.image_url, MAX_IMAGE_URL),
            "price": amount_rule(self.price),
            "compare_at_price": amount_rule(self.compare_at_price) or self._comparison_rule(),
            "weight": weight_rule(self.weight),
            "options": next(
                filter(None, (shown_rule(value, MAX_OPTION_VALUE) for value in self.options)), None
            ),
        }
        return {field: reason for field, reason in rules.items() if reason}

    @property
    def is_reduced(self) -> bool:
        """Return whether the variant has a compare-at price that is above its price."""
        return self.compare_at_price is not None and self.compare_at_price > self.price

    @property
    def combination(self) -> tuple[str, ...]:
        """Return its option values' comparison key, which is unique among a product's variants."""
        return tuple(value.casefold() for value in self.options)

    def _comparison_rule(self) -> str | None:
        if self.compare_at_price is None or self.compare_at_price >= self.price:
            return None
        return "must not be below the price"


def option_names_rule(names: Sequence[str]) -> str | None:
    """Return why these can't be the names of a product's options; None if they can."""
    if len(names) > MAX_OPTIONS:
        return f"must be at most {MAX_OPTIONS}"
    if len({name.casefold() for name in names}) < len(names):
        return "must have different names"
    for name in names:
        if ":" in name:
            return "must not contain `:`"
        if rule := shown_rule(name, MAX_OPTION_NAME):
            return rule
    return None


def weight_rule(weight: int | None) -> str | None:
    """Return the rule that a weight in grams breaks; None if it breaks none."""
    if weight is None or 0 <= weight <= MAX_WEIGHT:
        return None
    return f"must be between 0 and {MAX_WEIGHT} grams"


def broken_rules_of_variants(options: tuple[str, ...], variants: tuple[Variant, ...]) -> dict[str, str]:
    """Return the broken rules of a product's variants, by field such as `variants[0].price`."""
    if not variants:
        return {"variants": "must not be empty"}
    if len(variants) > MAX_VARIANTS:
        return {"variants": f"must be at most {MAX_VARIANTS}"}
    if not options and len(variants) > 1:
        return {"variants": "must be exactly one without options"}
    broken: dict[str, str] = {}
    first: dict[tuple[str, ...], int] = {}
    for index, variant in enumerate(variants):
        prefix = f"variants[{index}]." if options else ""
        broken.update({f"{prefix}{field}": reason for field, reason in variant.broken_rules().items()})
        if len(variant.options) != len(options):
            broken[f"variants[{index}].options"] = "must have a value for every option, and no other"
        elif first.setdefault(variant.combination, index) != index:
            same = first[variant.combination]
            broken[f"variants[{index}].options"] = f"must differ from the options of variants[{same}]"
    return broken


def option_values(
    names: Sequence[str], chosen: Sequence[Sequence[str]]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return each option's name and its values, in order of first appearance and with their first spelling.

    `chosen` are the values of each variant, in the order of the names.
    """
    return tuple((name, _distinct([values[place] for values in chosen])) for place, name in enumerate(names))


def is_gtin(text: str) -> bool:
    """Return whether the text is a GTIN-8, -12 (UPC), -13 (EAN, ISBN) or -14 with the right check digit."""
    if len(text) not in _GTIN_LENGTHS or not (text.isascii() and text.isdecimal()):
        return False
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(text)))
    return weighted % 10 == 0


def _distinct(values: Sequence[str]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for value in values:
        found.setdefault(value.casefold(), value)
    return tuple(found.values())
