"""The declaration of a setting: how it is read and documented."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shop.settings.values import Payments


@dataclass(frozen=True, slots=True)
class Setting:
    """The declaration of one field of `Settings`: how it is read and documented."""

    variable: str
    meaning: str
    parse: Callable[[str], Any]
    """Parses the text into the field's value; its ValueError states the requirement."""
    default: str | None
    """The default as text; None if there is no default."""
    embedded_default: str | None
    """The default with the embedded database, if it differs."""
    mask: Callable[[str], str] | None
    """For a secret: returns its masked form. A secret's `parse` must not quote the secret."""
    needed_with: Payments | None
    """The provider with which a running shop requires a setting without default; None: it always does."""
    former_variable: str | None
    """The variable's former name; read, with a warning, if the variable is not set."""


def setting(
    variable: str,
    meaning: str,
    parse: Callable[[str], Any],
    default: str | None = None,
    *,
    embedded_default: str | None = None,
    mask: Callable[[str], str] | None = None,
    needed_with: Payments | None = None,
    former_variable: str | None = None,
) -> Any:
    described = Setting(
        variable, meaning, parse, default, embedded_default, mask, needed_with, former_variable
    )
    metadata = {"setting": described}
    # By default, the database is embedded.
    initial = default if embedded_default is None else embedded_default
    if initial is None:
        if needed_with is not None:
            return field(default=None, metadata=metadata, repr=mask is None)
        return field(metadata=metadata, repr=mask is None)
    return field(default_factory=lambda: parse(initial), metadata=metadata, repr=mask is None)
