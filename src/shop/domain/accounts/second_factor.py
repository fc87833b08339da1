"""Second factors of logins: time-based one-time codes (TOTP) from an app, and recovery codes."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import ClassVar, Final, Self

from shop.domain.errors import Forbidden, Kind, ShopError, Unauthenticated

RECOVERY_CODES: Final = 10
MAX_CODE_LENGTH: Final = 64
"""The maximum length of a code as typed, with spaces and hyphens."""


class TotpRequired(Unauthenticated):
    """The password is right, but the account has a second factor: send `totpCode`, or a recovery code, too."""

    code: ClassVar[str] = "TOTP_REQUIRED"

    def __init__(self) -> None:
        super().__init__("This account has a second factor: send the code from the app, too.")


class TotpSetupRequired(Forbidden):
    """The shop requires a second factor of its staff: set one up first."""

    code: ClassVar[str] = "TOTP_SETUP_REQUIRED"

    def __init__(self) -> None:
        super().__init__("This shop requires a second factor of its staff: set one up first.")


class WrongCode(ShopError):
    """The code is wrong, too old, or was used before."""

    code: ClassVar[str] = "WRONG_CODE"
    kind: ClassVar[Kind] = Kind.REJECTED

    def __init__(self) -> None:
        super().__init__(
            "The code is wrong, too old, or was used before.", {"code": "is invalid or has expired"}
        )


class NoSecondFactor(ShopError):
    """The account has no second factor that could be confirmed or disabled."""

    code: ClassVar[str] = "NO_SECOND_FACTOR"

    def __init__(self) -> None:
        super().__init__("The account has no second factor: set one up first.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactor:
    """A user's second factor. Secrets are encrypted, recovery codes are keyed digests.

    A new secret is pending until a code confirms it; until then, the previous secret stays in force.
    """

    user_id: str
    secret: bytes | None = field(default=None, repr=False)
    """The secret in force."""
    pending_secret: bytes | None = field(default=None, repr=False)
    last_step: int | None = None
    """The latest time step whose code was used: codes of this step and earlier ones are spent."""
    recovery_codes: frozenset[bytes] = field(default=frozenset(), repr=False)
    """Digests of the unused recovery codes."""

    def __post_init__(self) -> None:
        assert self.secret is not None or (self.last_step is None and not self.recovery_codes)
        assert all(len(digest) == 32 for digest in self.recovery_codes)

    def confirm(self, step: int, recovery_codes: Collection[bytes]) -> Self:
        """Return the factor with the pending secret in force, after a code of this step confirmed it."""
        assert self.pending_secret is not None
        assert len(recovery_codes) == RECOVERY_CODES
        return replace(
            self,
            secret=self.pending_secret,
            pending_secret=None,
            last_step=step,
            recovery_codes=frozenset(recovery_codes),
        )
