"""Access tokens: JSON Web Tokens signed with one algorithm and one secret."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import jwt

from shop.application.ports.logins import AccessClaims
from shop.application.ports.system import Clock, Ids

_ALGORITHM: Final = "HS256"
_TYPE: Final = "at+jwt"
_PARTY: Final = "shop"
_MIN_SECRET_BYTES: Final = 32
# Times are checked below with the shop's clock; the library uses only the system clock.
_OPTIONS: Final[Any] = {
    "require": ["iss", "aud", "sub", "sid", "jti", "iat", "exp"],
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}


class JwtAccessTokens:
    """See the port. Raises ValueError if the secret is shorter than the digest."""

    def __init__(self, secret: str, lifetime: timedelta, clock: Clock, ids: Ids) -> None:
        self._secret = secret.encode()
        if len(self._secret) < _MIN_SECRET_BYTES:
            raise ValueError(f"the secret must have at least {_MIN_SECRET_BYTES} bytes")
        self._lifetime = lifetime
        self._clock = clock
        self._ids = ids

    def issue(self, user_id: str, session_id: str) -> tuple[str, int]:
        now = int(self._clock.now().timestamp())
        seconds = int(self._lifetime.total_seconds())
        claims = {
            "iss": _PARTY,
            "aud": _PARTY,
            "sub": user_id,
            "sid": session_id,
            "jti": self._ids.new_id(),
            "iat": now,
            "exp": now + seconds,
        }
        return jwt.encode(claims, self._secret, algorithm=_ALGORITHM, headers={"typ": _TYPE}), seconds

    def read(self, token: str) -> AccessClaims | None:
        try:
            decoded = jwt.decode_complete(
                token, self._secret, algorithms=[_ALGORITHM], audience=_PARTY, issuer=_PARTY, options=_OPTIONS
            )
        except (jwt.InvalidTokenError, UnicodeEncodeError):
            return None
        claims, header = decoded["payload"], decoded["header"]
        session_id, expires = claims["sid"], claims["exp"]
        if header.get("typ") != _TYPE or not isinstance(session_id, str) or not isinstance(expires, int):
            return None
        try:
            expires_at = datetime.fromtimestamp(expires, UTC)
        except (OverflowError, OSError, ValueError):  # a timestamp outside the range of datetime
            return None
        return AccessClaims(session_id, expires_at) if self._clock.now() < expires_at else None
