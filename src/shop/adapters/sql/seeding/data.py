"""Generated products and customers: deterministic for a random seed, plausible, and fast to generate."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from shop.adapters.sql.seeding.categories import SUBCATEGORY_OF_KIND
from shop.adapters.sql.seeding.kinds import KINDS, STYLES, description
from shop.adapters.sql.seeding.pictures import picture_url
from shop.domain.accounts.role import Role
from shop.domain.accounts.user import User
from shop.domain.catalogue.product import FALLBACK_SLUG, Product, simple_product
from shop.domain.catalogue.slug import slug_of
from shop.domain.promotions.promo_code import Discount, PromoCode

DAYS: Final = 730
"""Number of days between the shop's opening and the end of a seed's history."""

_SIZES_OF_KIND: Final = {
    **dict.fromkeys(
        ["Shirt", "Sweater", "Overcoat", "Cardigan", "Chinos", "Dress", "Robe", "Rain Jacket"],
        ("M", "S", "L", "XL"),
    ),
    "Hiking Boots": ("42", "39", "40", "41", "43", "44"),
    "Gloves": ("M", "S", "L"),
}
"""The sizes of the kinds of products that come in sizes."""
_FIRST_SYLLABLES: Final = (
    "Al|Bra|Cor|Del|El|Fen|Gar|Hol|Il|Jor|Kal|Lin|Mar|Nor|Or|Pel|Quin|Ros|Sol|Tor|Ul|Ves|Wil|Zan"
)
_MIDDLE_SYLLABLES: Final = "a|be|da|e|fi|go|i|ka|le|mo|ne|o|ra|si|ta|vo"
_LAST_SYLLABLES: Final = "berg|dal|den|gard|holm|la|mark|na|ra|rup|son|stad|sund|ten|vik|wood"
_FIRST_NAMES: Final = (
    "ada|alan|barbara|carl|dorothy|edsger|emmy|frances|grace|hedy|john|karen|katherine|linus|mary|tim"
)
_LAST_NAMES: Final = (
    "allen|bell|clarke|dahl|evans|fischer|garcia|hopper|ito|jensen|klein|lopez|moreau|novak|okafor|patel"
)


@dataclass(frozen=True, slots=True)
class SeededProduct:
    """A new product, and the initial stock of its variants by id."""

    product: Product
    units: Mapping[str, int]


def seeded_products(random_seed: int, decimals: int, total: int, end: datetime) -> Iterator[SeededProduct]:
    """Yield products, half of them created before the shop opened; prices in minor units with `decimals` decimals."""
    chance = random.Random(f"products {random_seed}")  # noqa: S311 (nothing secret)
    sizing = random.Random(f"sizes {random_seed}")  # noqa: S311 (nothing secret)
    brands = [
        first + middle + last
        for first in _FIRST_SYLLABLES.split("|")
        for middle in _MIDDLE_SYLLABLES.split("|")
        for last in _LAST_SYLLABLES.split("|")
    ]
    chance.shuffle(brands)
    moments = _moments(chance, total, end - timedelta(days=2 * DAYS), end)
    for number, at in enumerate(moments, start=1):
        kind = chance.choice(KINDS)
        # A few brands have many products; most have few.
        brand = brands[int(len(brands) * chance.random() ** 3)]
        style, material = chance.choice(STYLES), chance.choice(kind.materials)
        model = f"{chance.choice('ABCDEFGHKLMNPRSTVX')}{chance.randrange(10, 1000)}"
        price = _price(chance, kind.lowest_price, kind.highest_price, decimals)
        on_sale = chance.random() < 0.12
        name = f"{brand} {style} {kind.name} {model}"
        sku = f"{brand[:3].upper()}{random_seed:X}N{number:06d}"
        product = simple_product(
            id=seeded_id(chance, at),
            sku=sku,
            name=name,
            slug=slug_of(f"{name} {sku}", FALLBACK_SLUG),
            description=description(kind, style, material, chance.choice(kind.remarks)),
            category=SUBCATEGORY_OF_KIND[kind.name],
            image_url=picture_url(kind.name, style, number),
            price=price,
            compare_at_price=price * chance.randrange(110, 160) // 100 if on_sale else None,
            created_at=at,
            updated_at=at,
        )
        units = 0 if chance.random() < 0.03 else chance.randrange(1, 500)
        yield _in_sizes(product, _SIZES_OF_KIND.get(kind.name, ()), units, sizing, at)


def _in_sizes(
    product: Product, sizes: Sequence[str], units: int, chance: random.Random, at: datetime
) -> SeededProduct:
    """Return the product in these sizes, at one price. The first variant keeps the product's id and sku."""
    if not sizes:
        return SeededProduct(product, {product.id: units})
    (first,) = product.variants
    variants = [
        replace(
            first,
            id=seeded_id(chance, at) if number else product.id,
            sku=f"{first.sku}-{size}" if number else first.sku,
            options=(size,),
        )
        for number, size in enumerate(sizes)
    ]
    sized = replace(product, options=("Size",), variants=tuple(variants))
    stock = {variant.id: units // (number + 1) for number, variant in enumerate(variants)}
    return SeededProduct(sized, stock)


def seeded_customers(random_seed: int, total: int, end: datetime) -> Iterator[User]:
    """Yield customers, a third of them created before the shop opened. They have no password, so no one can log in."""
    chance = random.Random(f"customers {random_seed}")  # noqa: S311 (nothing secret)
    first_names, last_names = _FIRST_NAMES.split("|"), _LAST_NAMES.split("|")
    moments = _moments(chance, total, end - timedelta(days=DAYS * 3 // 2), end)
    for number, at in enumerate(moments, start=1):
        first, last = chance.choice(first_names), chance.choice(last_names)
        username = f"{first}.{last}.{random_seed}.{number}".replace("-", "_")
        yield User(
            id=seeded_id(chance, at),
            username=username,
            password_hash=None,
            role=Role.CUSTOMER,
            display_name=f"{first.title()} {last.title()}",
            email=f"{username}@example.com",
            created_at=at,
        )


def seeded_promo_codes(random_seed: int, decimals: int, end: datetime) -> list[PromoCode]:
    """Return two permanent codes, for new customers and for large orders, and two seasonal codes."""
    chance = random.Random(f"promo codes {random_seed}")  # noqa: S311 (nothing secret)
    opening, unit = end - timedelta(days=DAYS), 10**decimals

    def code(name: str, discount: Discount, value: int, **rules: Any) -> PromoCode:
        code_id = seeded_id(chance, opening)
        return PromoCode(code_id, f"{name}-{random_seed}", discount, value, opening, **rules)

    def season(month: int, months: int) -> dict[str, datetime]:
        """Return the dates of the latest season that has ended."""
        over = datetime(end.year, month, 1, tzinfo=UTC) + timedelta(days=30 * months)
        starts_at = datetime(end.year - (over > end), month, 1, tzinfo=UTC)
        return {"starts_at": starts_at, "ends_at": starts_at + timedelta(days=30 * months)}

    return [
        code("WELCOME", Discount.PERCENT, 10, per_customer_limit=1, public=True),
        code("THANKS", Discount.FIXED, 5 * unit, min_subtotal=150 * unit),
        code("SUMMER", Discount.PERCENT, 15, public=True, **season(6, 2)),
        code("WINTER", Discount.PERCENT, 20, public=True, **season(12, 1)),
    ]


def _moments(chance: random.Random, total: int, start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield `total` moments in ascending order, spread about evenly."""
    for number in range(total):
        yield start + (end - start) * ((number + chance.random()) / total)


def _price(chance: random.Random, lowest: int, highest: int, decimals: int) -> int:
    major = int(lowest * (highest / lowest) ** chance.random())
    unit: int = 10**decimals
    return major * unit + unit - chance.choice((1, 1, 5, 10)) if decimals == 2 else (major + 1) * unit


def seeded_id(chance: random.Random, at: datetime) -> str:
    """Return a UUIDv7 for this moment."""
    milliseconds = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    # Ids sort by creation, even within a millisecond: the random bits begin with the microseconds.
    bits = (at.microsecond % 1000) << 64 | chance.getrandbits(64)
    number = milliseconds << 80 | 0x7 << 76 | (bits >> 64 & 0xFFF) << 64 | 0b10 << 62 | bits & (1 << 62) - 1
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
