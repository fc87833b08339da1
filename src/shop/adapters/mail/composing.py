"""Composes a mail as it travels: RFC 5322 headers, and a body in plain text and HTML."""

import re
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from email_validator import EmailNotValidError, validate_email

from shop.application.ports.messages import AddressUnusable, Mail, MailNotAccepted
from shop.settings.mail import Sender

_SEPARATORS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""Characters that some program on the way could take for the end of a header."""
_MESSAGE_ID: Final = re.compile(r"[A-Za-z0-9.-]+", re.ASCII)


def composed(mail: Mail, sender: Sender) -> EmailMessage:
    """Return the mail. Raises AddressUnusable unless the recipient is one well-formed address.

    Whatever the texts contain, the mail has exactly these headers: characters that end a header are refused or removed.
    """
    domain = sender.address.rpartition("@")[2]
    assert _MESSAGE_ID.fullmatch(mail.message_id), "a message id that needs quoting"
    message = EmailMessage(policy.SMTP)
    message["From"] = Address(one_header(sender.display_name), addr_spec=checked_address(sender.address))
    message["To"] = Address(addr_spec=checked_address(mail.recipient))
    message["Subject"] = one_header(mail.text.subject)
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = f"<{mail.message_id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"  # so that no auto-responder answers
    message.set_content(mail.text.plain, cte="quoted-printable")
    message.add_alternative(mail.text.html, subtype="html", cte="quoted-printable")
    return message


def one_header(text: str) -> str:
    """Return the text without characters that could end a header."""
    return " ".join(_SEPARATORS.sub(" ", text).split())


def checked_address(address: str) -> str:
    """Return the address in its normal form. Raises AddressUnusable."""
    if _SEPARATORS.search(address):
        raise AddressUnusable("The address contains control characters.")
    try:
        # No DNS query: the mail server knows better where mail can be delivered. Intranets have names of their own.
        checked = validate_email(
            address,
            check_deliverability=False,
            test_environment=True,
            globally_deliverable=False,
            strict=True,
        )
    except EmailNotValidError as error:
        raise AddressUnusable(str(error)) from error
    if checked.ascii_email is None:
        raise AddressUnusable("The part before the @ is not ASCII.")
    return checked.ascii_email


def failure(error: BaseException) -> MailNotAccepted:
    """Return an error of the network or of a file system as the port's error, in one line."""
    return MailNotAccepted(one_header(f"{type(error).__name__}: {error}"))
