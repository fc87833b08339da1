"""Text is normalized on input, and folded for comparisons."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.domain.latin_letters import LATIN_LETTERS
from shop.domain.text import folded, has_control_characters, has_visible_text, one_line, paragraphs, tidy
from tools import latin_letters


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ŁÓDŹ", "lodz"),
        ("Smørrebrød", "smorrebrod"),
        ("Straße STRASSE ẞ", "strasse strasse ss"),
        ("IŞIK ışık İzmir", "isik isik izmir"),
        ("Þór þ Ð ð Đ đ Ħ ħ Ŋ ŧ", "thor th d d d d h h ng t"),
        ("Æsir æ Œuvre œ Ǿ ǽ", "aesir ae oeuvre oe o ae"),
        ("Crème Brûlée Ⅻ ﬁ", "creme brulee xii fi"),
        ("ΟΔΥΣΣΕΎΣ οδυσσεύς", "οδυσσευσ οδυσσευσ"),
        ("Ёлка ґ", "елка ґ"),
        ("zero\N{ZERO WIDTH SPACE}\N{SOFT HYPHEN}\N{ZERO WIDTH NO-BREAK SPACE}width", "zerowidth"),
        ("🎁 北京", "🎁 北京"),
    ],
)
def test_folding_drops_case_and_accents(text: str, expected: str) -> None:
    assert folded(text) == expected


def test_letters_are_spelled_as_anyascii_spells_them() -> None:
    spellings = latin_letters.spellings()
    if unicodedata.unidata_version in latin_letters.MODULE.read_text():
        assert latin_letters.source() == latin_letters.MODULE.read_text()
    assert {letter: spellings[letter] for letter in LATIN_LETTERS} == LATIN_LETTERS


@given(st.text())
def test_folding_a_folded_text_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(st.characters())
def test_every_case_of_a_character_folds_alike(character: str) -> None:
    assert folded(character.casefold()) == folded(character)
    assert folded(unicodedata.normalize("NFD", character)) == folded(unicodedata.normalize("NFC", character))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Mug\t\n", "Mug"),
        ("\N{NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}Mug\N{EM SPACE}", "Mug"),
        ("e\N{COMBINING ACUTE ACCENT}", "é"),
        ("Å", "Å"),
        ("two  words", "two  words"),
        (" ", ""),
    ],
)
def test_tidying_composes_and_trims(text: str, expected: str) -> None:
    assert tidy(text) == expected


@given(st.text())
def test_tidying_a_tidy_text_changes_nothing(text: str) -> None:
    for clean in (tidy, one_line, paragraphs):
        assert clean(clean(text)) == clean(text)
    assert not has_control_characters(one_line(text))


def test_control_characters_are_removed_from_texts() -> None:
    assert one_line("\x1bBlue\x00\x07 M\nug\x7f\x85\ud800 ") == "Blue Mug"
    assert paragraphs("\tOne\x00\r\n\ttwo\x0c\x1b\x9f.\n") == "One\r\n\ttwo."


@pytest.mark.parametrize("control", ["\x00", "\t", "\n", "\x1f", "\x7f", "\x80", "\x9f", "\ud800"])
def test_control_characters_are_noticed(control: str) -> None:
    assert has_control_characters(f"a{control}b")
    assert not has_control_characters("a b\N{NO-BREAK SPACE}\N{ZERO WIDTH JOINER}é")


@pytest.mark.parametrize(
    "character",
    [
        *" \t\n\x00\x7f",
        "\N{NO-BREAK SPACE}",
        "\N{IDEOGRAPHIC SPACE}",
        "\N{LINE SEPARATOR}",
        "\N{ZERO WIDTH SPACE}",
        "\N{ZERO WIDTH NON-JOINER}",
        "\N{ZERO WIDTH JOINER}",
        "\N{ZERO WIDTH NO-BREAK SPACE}",
        "\N{WORD JOINER}",
        "\N{SOFT HYPHEN}",
        "\N{RIGHT-TO-LEFT MARK}",
        "\N{RIGHT-TO-LEFT OVERRIDE}",
        "\N{INVISIBLE TIMES}",
        "\N{MONGOLIAN VOWEL SEPARATOR}",
        "\N{COMBINING GRAPHEME JOINER}",
        "\N{VARIATION SELECTOR-16}",
        "\N{COMBINING ACUTE ACCENT}",
        "\N{TAG LATIN SMALL LETTER A}",
        "\N{HANGUL FILLER}",
        "\N{HALFWIDTH HANGUL FILLER}",
        "\N{HANGUL CHOSEONG FILLER}",
        "\N{BRAILLE PATTERN BLANK}",
        "\ue000",
        "\ufffe",
        "\ud800",
    ],
)
def test_invisible_characters_are_not_visible_text(character: str) -> None:
    assert not has_visible_text(character * 3)
    assert has_visible_text(f"{character}x{character}")


@pytest.mark.parametrize(
    "text", ["a", "7", "é", "ł", "字", "ж", "-", "€", "🎁", "\N{BLANK SYMBOL}", "e\u0301"]
)
def test_letters_digits_and_symbols_are_visible_text(text: str) -> None:
    assert has_visible_text(text)
