"""Who is calling: from an access token to a principal, for every request with one."""

import asyncio
from dataclasses import dataclass
from typing import Final, TypeVar

from shop.application.ports.accounts import AccessClaims, AccessTokens, UserQueries
from shop.application.ports.system import Clock
from shop.domain.user import Principal

_FRESH_SECONDS: Final = 0.9
_MOST_REMEMBERED: Final = 10_000

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Remembered:
    principal: Principal
    fresh_until: float


class Authenticate:
    """Turns access tokens into principals, mostly from memory.

    A signature is checked once for each token, a session and its user are read once in 0.9 s: that is how
    long another instance may take to notice a logout, a disabled user, or a changed role. What this
    instance changes it must `forget`, after the commit and before it answers.
    """

    def __init__(self, access_tokens: AccessTokens, user_queries: UserQueries, clock: Clock) -> None:
        self._access_tokens = access_tokens
        self._user_queries = user_queries
        self._clock = clock
        self._claims: dict[str, AccessClaims] = {}
        self._principals: dict[str, _Remembered] = {}
        self._forgotten = 0

    async def __call__(self, token: str) -> Principal | None:
        """The principal that `token` speaks for; None when it is broken, expired or revoked."""
        claims = self._claims.get(token)
        if claims is None:
            claims = self._access_tokens.read(token)
            if claims is None:
                return None
            _remember(self._claims, token, claims)
        elif claims.expires_at <= self._clock.now():
            self._claims.pop(token, None)
            return None
        return await self._principal(claims.session_id)

    def forget_session(self, session_id: str) -> None:
        """The session ended."""
        self._forgotten += 1
        self._principals.pop(session_id, None)

    def forget_user(self, user_id: str) -> None:
        """The user's name, role, state or sessions changed."""
        self._forgotten += 1
        for session_id in [
            session_id
            for session_id, remembered in self._principals.items()
            if remembered.principal.user_id == user_id
        ]:
            del self._principals[session_id]

    async def _principal(self, session_id: str) -> Principal | None:
        now = asyncio.get_running_loop().time()
        remembered = self._principals.get(session_id)
        if remembered is not None and now < remembered.fresh_until:
            return remembered.principal
        forgotten = self._forgotten
        principal = await self._user_queries.principal(session_id)
        if principal is None:
            self._principals.pop(session_id, None)
        elif forgotten == self._forgotten:  # else it may have been read before what was forgotten
            _remember(self._principals, session_id, _Remembered(principal, now + _FRESH_SECONDS))
        return principal


def _remember(memory: dict[str, Value], key: str, value: Value) -> None:
    memory.pop(key, None)
    if len(memory) >= _MOST_REMEMBERED:
        del memory[next(iter(memory))]
    memory[key] = value
