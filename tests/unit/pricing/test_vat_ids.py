"""VAT ids: format, check digits and country."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.adapters.vat_ids import StdnumVatIds

VAT_IDS = StdnumVatIds()


@pytest.mark.parametrize(
    ("text", "normalized", "country"),
    [
        ("DE136695976", "DE136695976", "DE"),
        ("de 136 695 976", "DE136695976", "DE"),
        ("ATU57194903", "ATU57194903", "AT"),
        ("FR 61 954 506 077", "FR61954506077", "FR"),
        ("ESB58378431", "ESB58378431", "ES"),
        ("NL4495445B01", "NL004495445B01", "NL"),
        pytest.param("BE697449992", "BE0697449992", "BE", id="a Belgian one in its former length"),
        pytest.param("EL094259216", "EL094259216", "GR", id="Greece is EL"),
        pytest.param("XI980780684", "XI980780684", "XI", id="Northern Ireland"),
        pytest.param("GB 980 7806 84", "GB980780684", "GB", id="outside the EU"),
        pytest.param("CHE-107.787.577 IVA", "CHE107787577IVA", "CH", id="Switzerland"),
        pytest.param("NO 995 525 828 MVA", "NO995525828MVA", "NO", id="Norway"),
    ],
)
def test_a_valid_vat_id_is_stored_in_one_form(text: str, normalized: str, country: str) -> None:
    assert VAT_IDS.normalized(text) == normalized
    assert VAT_IDS.normalized(normalized) == normalized
    assert VAT_IDS.country_of(normalized) == country


@pytest.mark.parametrize(
    "text",
    [
        "",
        "DE",
        "136695976",
        "D1136695976",
        "ÄÖ136695976",
        "DE13669597",
        "DE1366959760",
        "DE\x00136695976",
        pytest.param("DE136695977", id="a wrong check digit"),
        pytest.param("GR094259216", id="Greece by its ISO code"),
        pytest.param("EL094259217", id="Greece with a wrong check digit"),
        pytest.param("EU372022452", id="a seller in the one-stop shop"),
        pytest.param("IM3720000224", id="an importer in the one-stop shop"),
        pytest.param("GB980780685", id="outside the EU with a wrong check digit"),
        pytest.param("US123456789", id="a country without VAT"),
        pytest.param("ZZ123456789", id="no country"),
        pytest.param("../.." * 20, id="a path"),
    ],
)
def test_other_texts_are_not_vat_ids(text: str) -> None:
    assert VAT_IDS.normalized(text) is None


@given(
    st.one_of(
        st.text(max_size=40),
        st.builds(
            str.__add__,
            st.from_regex("[A-Za-z]{2}", fullmatch=True),
            st.text("0123456789ABCDEFUXY -./+*\u0663\uff11", max_size=16),
        ),
    )
)
def test_any_text_is_either_refused_or_normalized(text: str) -> None:
    normalized = VAT_IDS.normalized(text)
    if normalized is not None:
        assert VAT_IDS.normalized(normalized) == normalized
        assert normalized.isascii()
        assert len(normalized) <= 40


def test_the_eu_has_27_members_without_northern_ireland() -> None:
    assert len(VAT_IDS.eu_countries) == 27
    assert VAT_IDS.eu_countries >= {"DE", "GR", "HR"}
    assert not VAT_IDS.eu_countries & {"EL", "GB", "XI", "CH", "NO"}
