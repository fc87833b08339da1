"""Cells as other shop systems write them, in the form of the shop's own files."""

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

from shop.application.catalogue.exchange.html_text import plain_text
from shop.domain.catalogue.product import MAX_DESCRIPTION

MAX_HTML: Final = 20 * MAX_DESCRIPTION
"""A longer description is not converted; validation then refuses it for its length."""
YES: Final = frozenset(("true", "yes", "1", "wahr", "ja", "vrai", "oui", "verdadero", "si", "sí", "x"))
NO: Final = frozenset(("false", "no", "0", "-1", "falsch", "nein", "faux", "non", "falso"))
_NUMBER: Final = re.compile(r"[+-]?(\d{1,15}([.,]\d{0,15})?|[.,]\d{1,15})")


def is_yes(text: str) -> bool:
    """Return whether the cell says yes in one of the languages of YES."""
    return text.strip().casefold() in YES


def description(html: str) -> str:
    """Return an HTML description as plain text."""
    return html if len(html) > MAX_HTML else plain_text(html)


def stock_units(text: str) -> str:
    """Return the number of units without decimals, 0 if it is negative (oversold); other texts unchanged."""
    number = _number(text)
    return text if number is None else str(max(int(number), 0))


def as_number(text: str, factor: Decimal = Decimal(1)) -> str:
    """Return the number times `factor`, rounded half up to a whole number; other texts unchanged."""
    number = _number(text)
    return text if number is None else str((number * factor).to_integral_value(ROUND_HALF_UP))


def without_mark(text: str) -> str:
    """Return an identifier without the apostrophe that keeps spreadsheets from reading it as a number."""
    return text[1:] if text.startswith("'") else text


def option_name(text: str) -> str:
    """Return the name of an option or attribute without colons, which separate names from values in filters."""
    return " ".join(text.replace(":", " ").split())


def _number(text: str) -> Decimal | None:
    if not _NUMBER.fullmatch(text.strip()):
        return None
    try:
        return Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
