"""Writes mails from Jinja2 templates: the shop's own, or replacements in a folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Final

from jinja2 import (
    ChoiceLoader,
    FileSystemLoader,
    PackageLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
    select_autoescape,
)
from jinja2.sandbox import SandboxedEnvironment

from shop.adapters.mail.composing import one_header
from shop.adapters.mail.links import Links
from shop.adapters.mail.samples import SAMPLES
from shop.application.ports.messages import MailText
from shop.domain.errors import ShopError
from shop.domain.messages.message import MAX_SUBJECT_LENGTH, Template
from shop.domain.money import Currency

_PACKAGE: Final = "shop.adapters.mail"
_KINDS: Final = ("txt", "html")
_NAMES: Final = {f"{name}.{kind}" for name in ("base", "order", *Template) for kind in _KINDS}


class BrokenTemplate(ShopError):
    """A mail template can't be used. The message names the file."""

    code: ClassVar[str] = "BROKEN_TEMPLATE"

    def __init__(self, problem: str) -> None:
        super().__init__(f"A mail template of SHOP_MAIL_TEMPLATES can't be used: {problem}")


class JinjaMailTexts:
    """See the port. Raises BrokenTemplate on construction if a file in `folder` makes a template unusable.

    A message has two templates: `password_reset.txt`, whose block `subject` is the subject, and `password_reset.html`.
    Both extend `base`; templates about orders extend `order`, which extends `base`. Files in `folder` replace the
    package's files. Templates run in Jinja's sandbox, HTML is escaped automatically, and a misspelled placeholder is an
    error.
    """

    def __init__(self, shop_name: str, links: Links, folder: Path | None = None) -> None:
        own = PackageLoader(_PACKAGE)
        self._environment = SandboxedEnvironment(
            loader=own if folder is None else ChoiceLoader([FileSystemLoader(folder), own]),
            autoescape=select_autoescape(("html",), default=False),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["money"] = _money
        self._environment.globals["shop"] = {"name": shop_name, "url": links.shop_url}
        self._links = links
        if folder is not None:
            _require_known_names(folder)
            self._require_usable()

    def subject(self, template: Template, facts: Mapping[str, Any]) -> str:
        found = self._environment.get_template(f"{template}.txt")
        block = found.blocks["subject"]
        return one_header("".join(block(found.new_context(dict(facts)))))[:MAX_SUBJECT_LENGTH]

    def text(self, template: Template, facts: Mapping[str, Any], token: str | None) -> MailText:
        values = {**facts, "link": self._links.of(template, facts, token)}
        subject = self.subject(template, facts)
        plain, html = (
            self._environment.get_template(f"{template}.{kind}").render({**values, "subject": subject})
            for kind in _KINDS
        )
        return MailText(subject, plain, html)

    def _require_usable(self) -> None:
        """Render every template with sample values. Raises BrokenTemplate."""
        for template in Template:
            for facts in SAMPLES[template]:
                try:
                    self.text(template, facts, token="sample")  # noqa: S106 (no token)
                except KeyError as error:
                    raise BrokenTemplate(f"{template}.txt has no block named {error}.") from error
                except TemplateSyntaxError as error:
                    raise BrokenTemplate(f"{error.name}, line {error.lineno}: {error.message}.") from error
                except TemplateNotFound as error:
                    raise BrokenTemplate(
                        f"{template}.txt or {template}.html needs {error.name}, which is missing."
                    ) from error
                except Exception as error:  # a template may fail in any way that Python can
                    reason = f"{error}" or type(error).__name__
                    raise BrokenTemplate(f"{template}.txt or {template}.html: {reason}.") from error


def _money(amount: float, currency: str) -> str:
    """Return an amount in major units for a reader: "1,234.50 EUR"."""
    return f"{amount:,.{Currency(currency).decimals}f} {currency}"


def _require_known_names(folder: Path) -> None:
    try:
        names = {file.name for file in folder.iterdir() if not file.name.startswith(".")}
    except OSError as error:
        raise BrokenTemplate(f"{folder} can't be read: {error.strerror}.") from error
    if unknown := sorted(names - _NAMES):
        raise BrokenTemplate(f"{folder / unknown[0]} is not the name of a template.")
