"""Countries follow ISO 3166-1, and regions ISO 3166-2."""

import json
from importlib.resources import files

import pytest

from shop.adapters.places.iso import IsoPlaces
from tools.subdivisions import table

places = IsoPlaces()


@pytest.mark.parametrize(
    ("text", "code"), [("DE", "DE"), ("de", "DE"), ("Us", "US"), ("XK", "XK"), ("xk", "XK"), ("AQ", "AQ")]
)
def test_countries_are_two_letters_in_any_case(text: str, code: str) -> None:
    assert places.country(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "XX",
        "En",
        "123",
        "EU",
        "UK",
        "ZZ",
        "AN",
        "SU",
        "DEU",
        "Germany",
        "\N{LATIN SMALL LETTER SHARP S}",
        "D",
    ],
)
def test_anything_else_is_not_a_country(text: str) -> None:
    assert places.country(text) is None


@pytest.mark.parametrize(
    ("country", "text", "code"),
    [
        ("US", "US-CA", "US-CA"),
        ("US", "us-ca", "US-CA"),
        ("US", "CA", "US-CA"),
        ("US", "california", "US-CA"),
        ("DE", "Bayern", "DE-BY"),
        ("DE", "BAVARIA", "DE-BY"),
        ("DE", "Baden-Wurttemberg", "DE-BW"),
        ("AT", "9", "AT-9"),
        ("AT", "Vienna", "AT-9"),
        ("CH", "zürich", "CH-ZH"),
        ("CA", "Québec", "CA-QC"),
        ("CA", "quebec", "CA-QC"),
        ("JP", "JP-13", "JP-13"),
        ("JP", "Tokyo", "JP-13"),
        ("ES", "La Rioja", "ES-RI"),
        ("BD", "Dhaka", "BD-C"),
        ("US", "DE-BY", None),
        ("US", "Bavaria", None),
        ("US", "", None),
        ("US", "US-", None),
        ("US", "US", None),
        ("XK", "Pristina", None),
        ("AZ", "Lənkəran", None),
        ("AZ", "az-lan", "AZ-LAN"),
    ],
)
def test_a_region_is_named_by_its_code_or_name(country: str, text: str, code: str | None) -> None:
    assert places.region(country, text) == code


def test_the_table_has_every_country_and_finds_every_region_by_its_code() -> None:
    subdivisions = json.loads(files("shop.adapters.places").joinpath("subdivisions.json").read_bytes())
    assert len(subdivisions) == 249
    for country, names in subdivisions.items():
        assert places.country(country) == country
        for code in names:
            assert places.region(country, code) == f"{country}-{code}"
    assert len(subdivisions["US"]) == 57
    assert len(subdivisions["DE"]) == 16


def test_a_region_takes_precedence_over_its_part_of_the_same_name() -> None:
    def subdivision(name: str, parent: str | None = None, other: str | None = None) -> dict[str, str | None]:
        return {"name": name, "parentCode": parent, "localOtherName": other}

    published = {
        "XA": {
            "XA-2": subdivision("Rioja", "XA-1", "Small Rioja (eng), Rioja (fra)"),
            "XA-1": subdivision("Rioja"),
        }
    }
    assert table(published) == {"XA": {"1": ["Rioja"], "2": ["Small Rioja"]}}
