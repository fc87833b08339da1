"""Generates the reference of the settings, docs/configuration.md."""

from typing import Final

from shop.settings.declarations import DECLARED
from shop.settings.setting import Setting

_INTRODUCTION: Final = """\
# Configuration

<!-- Made by `shop settings --markdown > docs/configuration.md`: change src/shop/settings/declarations.py instead. -->

Every setting is a variable of the environment, or a line `NAME=value` of a file `.env` in the working directory
([.env.example](../.env.example) names them all); the environment wins. A secret can be in a file of its own, which a
variable of its name with `_FILE` at the end names: `SHOP_JWT_SECRET_FILE=/run/secrets/jwt`. Settings are read once, at
the start. An unusable one stops the start with a sentence that names it; a name that is no setting's is warned about.

`shop settings` shows each with its present value (secrets masked) and where that comes from, and exits with 1 if
`shop serve` would not start.

| Setting | Default | Meaning |
|---|---|---|
"""


def settings_page() -> str:
    """Return the page in Markdown."""
    return _INTRODUCTION + "".join(_row(setting) for setting in DECLARED.values())


def _row(setting: Setting) -> str:
    kind = " **Secret.**" if setting.mask else ""
    meaning = setting.meaning.replace("|", "\\|")
    return f"| `{setting.variable}` | {_default_of(setting)} | {meaning}{kind} |\n"


def _default_of(setting: Setting) -> str:
    if setting.embedded_default is None:
        return f"`{setting.default}`" if setting.default else "–"
    embedded = f"`{setting.embedded_default}` with the embedded database"
    return f"{embedded}, else `{setting.default}`" if setting.default else embedded
