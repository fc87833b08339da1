"""The settings of e-mail: where it goes, who sends it, and where its links lead."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from string import Formatter
from typing import Final
from urllib.parse import unquote, urlsplit

from email_validator import EmailNotValidError, validate_email

from shop.domain.text import has_control_characters

_PORTS: Final = {"smtp": 587, "smtps": 465}
_LOOPBACK: Final = re.compile(r"localhost|127\.[0-9.]+|::1")
SHOP_URL: Final = "SHOP_URL"
TOKEN: Final = "token"  # noqa: S105 (the name of a placeholder)


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A mail server. With `tls`, the connection is encrypted from the start; otherwise by STARTTLS."""

    host: str
    port: int
    tls: bool
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def requires_encryption(self) -> bool:
        """Return whether mail must not be sent in clear: a password never crosses a network unencrypted."""
        return self.username is not None and not _LOOPBACK.fullmatch(self.host)


@dataclass(frozen=True, slots=True)
class MailFolder:
    """A folder for `.eml` files. A relative path starts at the embedded database's folder."""

    path: Path


MailTarget = SmtpServer | MailFolder | None


@dataclass(frozen=True, slots=True)
class Sender:
    """The name and the address that mail comes from."""

    display_name: str
    address: str


def mail_target(text: str) -> MailTarget:
    if text.lower() in ("", "off"):
        return None
    if "://" not in text:
        return MailFolder(Path(text))
    if (server := _smtp_server(text)) is None:
        raise ValueError(
            "must be smtp://user:password@host:port, smtps:// for TLS from the start, a folder, or off"
        )
    return server


def _smtp_server(text: str) -> SmtpServer | None:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    if (
        parts.scheme not in _PORTS
        or not parts.hostname
        or bool(parts.username) != bool(parts.password)
        or port == 0
        or parts.path not in ("", "/")
        or parts.query
        or parts.fragment
    ):
        return None
    return SmtpServer(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        tls=parts.scheme == "smtps",
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def sender(text: str) -> Sender:
    name, address = parseaddr(text)
    if has_control_characters(text) or not _is_address(address):
        raise ValueError(f"must be an address such as Shop <shop@example.com>, not {text!r}")
    return Sender(name, address)


def email_address(text: str) -> str | None:
    if text and not _is_address(text):
        raise ValueError(f"must be an email address such as owner@example.com, not {text!r}")
    return text or None


def shop_url(text: str) -> str | None:
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment):
        raise ValueError(f"must be the shop's address, such as https://shop.example, not {text!r}")
    return text.rstrip("/") or None


def folder(text: str) -> Path | None:
    if text and not Path(text).is_dir():
        raise ValueError(f"must be a folder, which {text} is not")
    return Path(text) if text else None


def link_with(required: Collection[str], optional: Collection[str] = ()) -> Callable[[str], str]:
    """Return the parser of a link template with these placeholders, `{token}` only in the fragment."""

    def parse(text: str) -> str:
        try:
            names = [name for _, name, *_ in Formatter().parse(text) if name is not None]
        except ValueError:
            names = [""]
        fragment = text.partition("#")[2]
        if (
            not text.startswith(("{SHOP_URL}", "https://", "http://"))
            or not {SHOP_URL, *required, *optional}.issuperset(names)
            or not set(names).issuperset(required)
            or has_control_characters(text)
            or text.count("{token}") != fragment.count("{token}")
        ):
            wanted = ", ".join(f"{{{name}}}" for name in (*required, *optional))
            raise ValueError(
                f"must be an address that begins with {{SHOP_URL}} or https:// and contains {wanted}, {{token}} only "
                f"after a #, not {text!r}"
            )
        return text

    return parse


def _is_address(text: str) -> bool:
    try:
        validate_email(
            text, check_deliverability=False, test_environment=True, globally_deliverable=False, strict=True
        )
    except EmailNotValidError:
        return False
    return True
