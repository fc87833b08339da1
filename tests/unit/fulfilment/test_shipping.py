"""Shipping zones and methods: the most specific zone wins, the cheapest matching rate counts."""

import pytest

from shop.domain.address import Place
from shop.domain.errors import ValidationFailed
from shop.domain.fulfilment.shipping import (
    PostalRange,
    ShippingMethod,
    ShippingRate,
    ShippingZone,
    shipping_options,
    zone_of,
)


def zone(name: str, countries: str, regions: str = "", postal: str = "") -> ShippingZone:
    return ShippingZone(
        id=name,
        name=name,
        countries=tuple(countries.split()),
        regions=tuple(regions.split()),
        postal_codes=tuple(map(PostalRange.parse, postal.split())),
    )


def method(name: str, *rates: ShippingRate, zone_id: str = "de", active: bool = True) -> ShippingMethod:
    return ShippingMethod(
        id=name, zone_id=zone_id, name=name, rates=rates or (ShippingRate(500),), active=active
    )


WORLD = zone("world", "*")
GERMANY = zone("de", "DE AT")
BAVARIA = zone("bavaria", "DE", "DE-BY")
ISLANDS = zone("islands", "DE", postal="25849-25869 2749")
BERLIN = zone("berlin", "DE", postal="10-14")
CENTRE = zone("centre", "DE", postal="101")


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (Place("FR"), "world"),
        (Place("AT", "AT-9", "1010"), "de"),
        (Place("DE", None, "80331"), "de"),
        (Place("DE", "DE-BY", "80331"), "bavaria"),
        (Place("DE", "DE-BE", "12345"), "berlin"),
        (Place("DE", "DE-BE", "10115"), "centre"),
        (Place("DE", "DE-BY", "10115"), "centre"),
        (Place("DE", None, "258 59"), "islands"),
        (Place("DE", None, "27498"), "islands"),
        (Place("DE", None, "1"), "de"),
    ],
)
def test_the_most_specific_zone_wins(place: Place, expected: str) -> None:
    found = zone_of(place, [WORLD, GERMANY, BAVARIA, ISLANDS, BERLIN, CENTRE])
    assert found is not None
    assert found.id == expected


def test_a_country_without_a_zone_cannot_be_shipped_to() -> None:
    assert zone_of(Place("FR"), [GERMANY]) is None
    assert shipping_options(Place("FR"), [GERMANY], [method("post")], subtotal=0, weight=0) == []


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        (WORLD, zone("w2", "*"), True),
        (WORLD, GERMANY, False),
        (GERMANY, zone("x", "AT CH"), True),
        (GERMANY, BAVARIA, False),
        (BAVARIA, zone("x", "DE", "DE-BY DE-BE"), True),
        (BAVARIA, zone("x", "DE", "DE-BE"), False),
        (BERLIN, zone("x", "DE", postal="12-20"), True),
        (BERLIN, zone("x", "DE", postal="15-20"), False),
        (BERLIN, CENTRE, False),
        (BERLIN, zone("x", "DE", "DE-BE", "12"), False),
        (BERLIN, zone("x", "AT", postal="12"), False),
    ],
)
def test_only_equally_specific_zones_that_share_a_place_overlap(
    one: ShippingZone, other: ShippingZone, overlap: bool
) -> None:
    assert one.overlaps(other) is other.overlaps(one) is overlap


@pytest.mark.parametrize("entry", ["", "10-", "-10", "10-2", "29-20", "1 0-a?", "10-20-30", "ÄÖ"])
def test_postal_entries_that_are_neither_a_prefix_nor_a_range_are_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="must be a"):
        PostalRange.parse(entry)


def test_postal_codes_compare_without_case_and_spaces() -> None:
    assert PostalRange.parse("sw1").matches("SW1A1AA")
    assert str(PostalRange.parse("sw1-sw3")) == "SW1-SW3"
    london = zone("london", "GB", postal="sw1")
    assert zone_of(Place("GB", None, "sw1a-1aa"), [london]) is london


def test_the_cheapest_matching_rate_counts() -> None:
    post = method(
        "post", ShippingRate(490), ShippingRate(0, min_subtotal=5000), ShippingRate(100, max_weight=1000)
    )
    assert post.price(0, 1000) == 490
    assert post.price(4999, 999) == 100
    assert post.price(5000, 5000) == 0
    heavy = method("freight", ShippingRate(9900, min_weight=30_000))
    assert heavy.price(0, 29_999) is None


def test_options_are_active_methods_of_the_zone_cheapest_first() -> None:
    methods = [
        method("express", ShippingRate(1490)),
        method("post"),
        method("off", ShippingRate(1), active=False),
        method("elsewhere", ShippingRate(1), zone_id="world"),
        method("heavy", ShippingRate(1, min_weight=1)),
    ]
    options = shipping_options(Place("DE"), [WORLD, GERMANY], methods, subtotal=100, weight=0)
    assert [(option.method.name, option.price) for option in options] == [("post", 500), ("express", 1490)]


def test_a_method_names_the_rate_that_breaks_a_rule() -> None:
    with pytest.raises(ValidationFailed) as refused:
        method("post", ShippingRate(1), ShippingRate(-1, min_weight=5, max_weight=5))
    assert refused.value.details == {
        "rates[1].price": "must be between 0 and 10000000000 minor units",
        "rates[1].max_weight": "must be above the minimum",
    }


def test_regions_outside_the_zones_countries_are_refused() -> None:
    with pytest.raises(ValidationFailed, match="regions"):
        zone("x", "DE", "US-CA")
