"""Search words: how texts are split, folded and weighted."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.domain.catalogue.search import (
    MAX_NAME_KEY_LENGTH,
    MAX_WORD_LENGTH,
    Weight,
    name_key,
    score,
    wanted_words,
    weighted_words,
    words,
)
from shop.domain.text import folded


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Crème Brûlée", ["creme", "brulee"]),
        ("CREME brulee", ["creme", "brulee"]),
        ("Straße", ["strasse"]),
        ("Łódź Smørrebrød", ["lodz", "smorrebrod"]),
        ("soft\N{SOFT HYPHEN}ware can\N{ZERO WIDTH SPACE}not", ["software", "cannot"]),
        ("İstanbul", ["istanbul"]),
        ("Ångström", ["angstrom"]),
        ("TV A4", ["tv", "a4"]),
        ("USB-C_3.0/Hub", ["usb", "c", "3", "0", "hub"]),
        ("100% 'cotton' -wool +silk (raw) \"x\"*", ["100", "cotton", "wool", "silk", "raw", "x"]),
        ("ﬁne Ⅻ ½", ["fine", "xii", "1", "2"]),
        ("ガラス がらす", ["カラス", "からす"]),
        ("\N{BABY}\N{EMOJI MODIFIER FITZPATRICK TYPE-3} toys\x00here", ["toys", "here"]),
        ("ΣΊΣΥΦΟΣ σίσυφος", ["σισυφοσ", "σισυφοσ"]),
        ("!?% _ --", []),
        ("", []),
    ],
)
def test_text_is_split_into_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_long_words_are_cut_alike_in_products_and_queries() -> None:
    assert words("x" * 100) == ["x" * MAX_WORD_LENGTH]
    assert wanted_words("X" * 70) == ("x" * MAX_WORD_LENGTH,)


@given(st.text())
def test_words_are_folded_letters_and_digits(text: str) -> None:
    for word in words(text):
        assert 0 < len(word) <= MAX_WORD_LENGTH
        assert word.isalnum()
        assert words(word) == [word], "folding a folded word changes nothing"
        assert not any(unicodedata.category(character).startswith("M") for character in word)


@given(st.text())
def test_composed_and_decomposed_texts_have_the_same_words(text: str) -> None:
    assert words(unicodedata.normalize("NFD", text)) == words(unicodedata.normalize("NFC", text))
    assert folded(folded(text)) == folded(text)


@given(st.text(alphabet=st.characters(max_codepoint=0x2FF)))
def test_case_makes_no_difference(text: str) -> None:
    assert words(text.casefold()) == words(text)


@given(st.text())
def test_name_keys_fit_their_column_and_end_without_white_space(name: str) -> None:
    key = name_key(name)
    assert len(key) <= MAX_NAME_KEY_LENGTH
    assert key == key.rstrip()


def test_names_that_grow_when_folded_are_cut() -> None:
    assert len(name_key("\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 200)) == MAX_NAME_KEY_LENGTH


def test_a_word_has_the_weight_of_its_best_field() -> None:
    assert weighted_words("Blue Lamp", "LAMP-7", "Lighting blue", "A lamp for the lighting of tables") == {
        "blue": Weight.NAME,
        "lamp": Weight.NAME,
        "7": Weight.LABEL,
        "lighting": Weight.LABEL,
        "a": Weight.DESCRIPTION,
        "for": Weight.DESCRIPTION,
        "the": Weight.DESCRIPTION,
        "of": Weight.DESCRIPTION,
        "tables": Weight.DESCRIPTION,
    }


def test_a_better_field_always_beats_a_whole_word() -> None:
    assert score("lamp", Weight.LABEL, "lamp") < score("lamps", Weight.NAME, "lamp")
    assert score("lamps", Weight.NAME, "lamp") < score("lamp", Weight.NAME, "lamp")


def test_wanted_words_are_distinct_and_none_is_a_prefix_of_another() -> None:
    assert wanted_words("TV tv lamps LAMP lampion a4") == ("tv", "lamps", "lampion", "a4")


@given(st.text())
def test_every_word_of_a_query_is_a_wanted_word_or_a_prefix_of_one(query: str) -> None:
    wanted = wanted_words(query)
    for word in words(query):
        assert any(other.startswith(word) for other in wanted)
