"""Authentication: resolve the access token of a request to a principal."""

import asyncio
from dataclasses import dataclass
from typing import Final

from shop.application.accounts.api_key_authentication import ApiKeyAuthentication
from shop.application.framework.bounded_cache import remember
from shop.application.framework.recent_changes import RecentChanges
from shop.application.ports.accounts import UserQueries
from shop.application.ports.logins import AccessClaims, AccessTokens
from shop.application.ports.shared_reads import LIFETIME_SECONDS, LookUp, SharedReads
from shop.application.ports.system import Clock
from shop.domain.accounts.api_key import SECRET_PREFIX
from shop.domain.accounts.user import Principal

MAX_CACHED: Final = 10_000
"""The number of tokens, and of principals, that are cached."""
_ALL_USERS: Final = "everybody"
"""Marks a change that may affect any session."""


@dataclass(frozen=True, slots=True)
class _CachedPrincipal:
    principal: Principal
    fresh_until: float


class Authenticate:
    """Turns access tokens into principals, mostly from a cache.

    A signature is verified once per token. A session and its user are read at most once per 0.9 s, by all instances
    together if reads are `shared`: for that long, another instance may not notice a logout, a disabled user, or a
    changed role. Call `forget_…` for every change made by this instance, after the commit and before responding.
    """

    def __init__(
        self,
        access_tokens: AccessTokens,
        user_queries: UserQueries,
        clock: Clock,
        api_key_authentication: ApiKeyAuthentication,
        shared: SharedReads | None = None,
        *,
        staff_need_second_factor: bool = False,
        max_cached: int = MAX_CACHED,
    ) -> None:
        self.hits = 0
        self.misses = 0
        """The number of principals that were not cached."""
        self._shared = shared
        self._changes = RecentChanges()
        self._access_tokens = access_tokens
        self._user_queries = user_queries
        self._clock = clock
        self._api_keys = api_key_authentication
        self._staff_need_second_factor = staff_need_second_factor
        self._max_cached = max_cached
        self._claims: dict[str, AccessClaims] = {}
        self._principals: dict[str, _CachedPrincipal] = {}
        self._forgotten = 0

    async def __call__(self, token: str) -> Principal | None:
        """Return the token's principal; None when the token is invalid, expired or revoked."""
        if token.startswith(SECRET_PREFIX):
            return await self._api_keys(token)
        claims = self._claims.get(token)
        if claims is None:
            claims = self._access_tokens.read(token)
            if claims is None:
                return None
            remember(self._claims, token, claims, self._max_cached)
        elif claims.expires_at <= self._clock.now():
            self._claims.pop(token, None)
            return None
        return await self._principal(claims.session_id)

    def forget_session(self, session_id: str) -> None:
        """Invalidate the session's cached principal: the session ended."""
        self._note(session_id)
        self._principals.pop(session_id, None)

    def forget_user(self, user_id: str) -> None:
        """Invalidate the user's cached principals: name, role, state or sessions changed."""
        self._note(user_id)
        for session_id in [
            session_id
            for session_id, remembered in self._principals.items()
            if remembered.principal.user_id == user_id
        ]:
            del self._principals[session_id]

    def forget_all_users(self) -> None:
        """Invalidate all cached principals: the permissions of many users changed."""
        self._note(_ALL_USERS)
        self._principals.clear()

    async def _principal(self, session_id: str) -> Principal | None:
        now = asyncio.get_running_loop().time()
        remembered = self._principals.get(session_id)
        if remembered is not None and now < remembered.fresh_until:
            self.hits += 1
            return remembered.principal
        self.misses += 1
        look_up: LookUp[Principal] | None = None
        if self._shared is not None:
            look_up = await self._shared.look_up("sessions", session_id.encode(), Principal)
            shared = look_up.value
            if shared is not None and not self._changes.any_since(
                look_up.began, (shared.session_id, shared.user_id, _ALL_USERS)
            ):
                self._remember_principal(session_id, shared, look_up.expires)
                return shared
            now = asyncio.get_running_loop().time()
        forgotten = self._forgotten
        principal = await self._user_queries.principal(session_id)
        if principal is not None and self._staff_need_second_factor:
            principal = principal.without_second_factor()
        if principal is None:
            self._principals.pop(session_id, None)
        elif forgotten == self._forgotten:  # else the read may predate the invalidation
            self._remember_principal(session_id, principal, now + LIFETIME_SECONDS)
            if look_up is not None:
                look_up.keep(principal)
        return principal

    def _remember_principal(self, session_id: str, principal: Principal, fresh_until: float) -> None:
        remember(self._principals, session_id, _CachedPrincipal(principal, fresh_until), self._max_cached)

    def _note(self, changed: str) -> None:
        self._forgotten += 1
        self._api_keys.forget_all()
        if self._shared is not None:
            # The loop's time may be in whole milliseconds, rounded down.
            self._changes.note((changed,), asyncio.get_running_loop().time() + 0.001)
