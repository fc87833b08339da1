"""Generates the references of the settings: docs/configuration.md and .env.example."""

import textwrap
from typing import Final

from shop.settings.declarations import DECLARED
from shop.settings.setting import Setting

_INTRODUCTION: Final = """\
# Configuration

<!-- Made by `shop settings --markdown > docs/configuration.md`: change src/shop/settings/declarations.py instead. -->

Every setting is an environment variable, or a line `NAME=value` of a file `.env` in the working directory
([.env.example](../.env.example) lists all of them); the environment takes precedence. A secret can be in a file of its
own: add `_FILE` to the variable's name and set it to the path, such as `SHOP_JWT_SECRET_FILE=/run/secrets/jwt`.
Settings are read once, at the start. If a setting is invalid, the shop does not start, and prints a message that names
it. An unknown `SHOP_…` variable causes a warning.

`shop settings` shows each setting with its current value (secrets masked) and the source of the value. It exits with 1
if `shop serve` would not start.

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


def env_example() -> str:
    """Return a `.env` file that lists every setting with its meaning and default, all commented out."""
    paragraphs = [
        "# Copy this to .env and change what you need; variables of the environment win over it.\n"
        "# A secret can be in a file of its own: SHOP_JWT_SECRET_FILE=/run/secrets/jwt instead of SHOP_JWT_SECRET.\n"
    ]
    for setting in DECLARED.values():
        meaning = textwrap.fill(setting.meaning, 100, initial_indent="# ", subsequent_indent="# ")
        default = setting.default if setting.embedded_default is None else None  # otherwise it varies
        paragraphs.append(f"{meaning}\n# {setting.variable}={default or ''}\n")
    return "\n".join(paragraphs)
