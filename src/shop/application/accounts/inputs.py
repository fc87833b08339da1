"""Limits of account fields, as stated in the API description."""

from typing import Annotated, Final

from shop.application.framework.inputs import Verbatim, text
from shop.domain.accounts.credentials import (
    MAX_DISPLAY_NAME_LENGTH,
    MAX_EMAIL_LENGTH,
    MAX_PASSWORD_LENGTH,
    MAX_USERNAME_LENGTH,
    MIN_PASSWORD_LENGTH,
    MIN_USERNAME_LENGTH,
    USERNAME_CHARACTERS,
)
from shop.domain.accounts.second_factor import MAX_CODE_LENGTH

_MAX_TOKEN_LENGTH: Final = 512

Username = Annotated[str, text(MAX_USERNAME_LENGTH, MIN_USERNAME_LENGTH, pattern=f"^{USERNAME_CHARACTERS}+$")]
Email = Annotated[str, text(MAX_EMAIL_LENGTH, format="email")]
DisplayName = Annotated[str, text(MAX_DISPLAY_NAME_LENGTH, 1)]
NewPassword = Annotated[Verbatim, text(MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH, format="password")]
Password = Annotated[Verbatim, text(MAX_PASSWORD_LENGTH, format="password")]
"""A password to compare. Any text is accepted: a text that breaks the password rules is simply wrong."""
LoginName = Annotated[str, text(MAX_EMAIL_LENGTH)]
RefreshToken = Annotated[str, text(_MAX_TOKEN_LENGTH)]
Code = Annotated[str, text(MAX_CODE_LENGTH)]
"""A code of a second factor, or a recovery code. Any text is accepted, like any password to compare."""
CartToken = Annotated[str, text(_MAX_TOKEN_LENGTH)]
MailToken = Annotated[str, text(_MAX_TOKEN_LENGTH)]
