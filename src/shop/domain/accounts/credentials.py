"""Usernames, email addresses and passwords: what they may be, and how they are compared."""

import re
from collections.abc import Container
from typing import ClassVar, Final

from shop.domain.catalogue.search import name_key
from shop.domain.errors import ShopError, ValidationFailed
from shop.domain.text import has_visible_text, one_line, tidy

MIN_PASSWORD_LENGTH: Final = 8
MAX_PASSWORD_LENGTH: Final = 256
MAX_DISPLAY_NAME_LENGTH: Final = 100
MAX_EMAIL_LENGTH: Final = 254
MIN_USERNAME_LENGTH: Final = 3
MAX_USERNAME_LENGTH: Final = 50
USERNAME_CHARACTERS: Final = "[A-Za-z0-9._-]"
_MAX_BASE_LENGTH: Final = MAX_USERNAME_LENGTH - len("-12345678")
"""The maximum length of a derived username before its numeric suffix."""
USERNAME: Final = re.compile(
    f"{USERNAME_CHARACTERS}{{{MIN_USERNAME_LENGTH},{MAX_USERNAME_LENGTH}}}", re.ASCII
)
CLOSED_USERNAME: Final = re.compile(r"deleted-[0-9a-f]{32}", re.ASCII | re.IGNORECASE)
_EMAIL: Final = re.compile(
    r"(?P<local>[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*)"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])",
    re.ASCII,
)


class UsernameTaken(ShopError):
    """Another user has this username, compared without case."""

    code: ClassVar[str] = "USERNAME_TAKEN"

    def __init__(self) -> None:
        super().__init__("This username is taken: choose another one.", {"username": "is taken"})


class EmailTaken(ShopError):
    """Another user has this email address, compared without case."""

    code: ClassVar[str] = "EMAIL_TAKEN"

    def __init__(self) -> None:
        super().__init__("Another user has this email address.", {"email": "is taken"})


def check_new_account(
    username: str,
    password: str,
    display_name: str | None,
    email: str | None,
    common_passwords: Container[str],
) -> None:
    """Raise ValidationFailed, naming every field that breaks a rule for new users.

    A username in the format of closed accounts raises UsernameTaken.
    """
    raise_faults(
        {
            "username": None
            if USERNAME.fullmatch(username)
            else "must be 3 to 50 letters, digits, dots, underscores or hyphens",
            "password": _password_fault(password, common_passwords),
            "display_name": display_name_fault(display_name),
            "email": email_fault(email),
        }
    )
    if CLOSED_USERNAME.fullmatch(username):
        raise UsernameTaken


def check_new_password(password: str, common_passwords: Container[str], field: str) -> None:
    """Raise ValidationFailed for the field `field` unless users may choose this password."""
    raise_faults({field: _password_fault(password, common_passwords)})


def usernames_from(email: str, user_id: str) -> tuple[str, ...]:
    """Return candidate usernames for this email address: the closest match first, a unique one last.

    `user_id` is a new user's id, whose last digits are random.
    """
    local = email.partition("@")[0]
    base = re.sub(f"(?!{USERNAME_CHARACTERS}).", "-", local, flags=re.DOTALL)[:_MAX_BASE_LENGTH].strip(".-")
    if len(base) < MIN_USERNAME_LENGTH:
        base = f"user-{base}".rstrip("-")
    names = (base, *(f"{base}-{number}" for number in range(2, 10)), f"{base}-{user_id[-8:]}")
    return tuple(name for name in names if not CLOSED_USERNAME.fullmatch(name))


def username_key(text: str) -> str | None:
    """Return the form in which usernames are compared, without case; None if it is not a valid username."""
    return text.lower() if USERNAME.fullmatch(text) else None


def email_key(text: str) -> str | None:
    """Return the form in which email addresses are compared, without case; None if it is not a valid address."""
    return None if email_fault(text) else text.lower()


def search_key(text: str) -> str:
    """Return the form in which a search compares prefixes of names and addresses: without case and accents.

    Usernames and email addresses have no accents, so for them it equals their comparison key.
    """
    return name_key(tidy(text))


def raise_faults(faults: dict[str, str | None]) -> None:
    """Raise ValidationFailed for the fields whose fault is not None."""
    found = {field: fault for field, fault in faults.items() if fault is not None}
    if found:
        raise ValidationFailed(found)


def display_name_fault(display_name: str | None) -> str | None:
    """Return why this can't be a display name; None if it can, or if there is none."""
    if display_name is None:
        return None
    if not has_visible_text(display_name):
        return "must not be blank"
    if len(one_line(display_name)) > MAX_DISPLAY_NAME_LENGTH:
        return f"must be at most {MAX_DISPLAY_NAME_LENGTH} characters long"
    return None


def email_fault(email: str | None) -> str | None:
    """Return why this can't be an email address; None if it can, or if there is none."""
    if email is None:
        return None
    found = _EMAIL.fullmatch(email) if len(email) <= MAX_EMAIL_LENGTH else None
    return None if found and len(found["local"]) <= 64 else "must be an email address such as ada@example.com"


def _password_fault(password: str, common_passwords: Container[str]) -> str | None:
    if not MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH:
        return f"must be {MIN_PASSWORD_LENGTH} to {MAX_PASSWORD_LENGTH} characters long"
    if password.lower() in common_passwords:
        return "is one of the most common passwords"
    return None
