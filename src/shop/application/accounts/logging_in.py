"""Sessions: logging in, refreshing, logging out."""

from base64 import urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256
from typing import Final

import msgspec
from msgspec import UNSET

from shop.application.accounts.authentication import Authenticate
from shop.application.accounts.inputs import LoginName, Password, RefreshToken
from shop.application.accounts.password_check import PasswordCheck, RightPassword
from shop.application.accounts.views import AccountView, LoginView
from shop.application.framework.transactions import run_again
from shop.application.ports.accounts import AccessTokens, PasswordHasher
from shop.application.ports.system import Clock, Ids, KeyedDigests
from shop.application.ports.unit_of_work import TransactionConflict, UnitOfWork, UnitOfWorkFactory
from shop.domain.accounts.session import InvalidRefreshToken, Session
from shop.domain.accounts.user import Principal, User, WrongCredentials
from shop.domain.errors import ValidationFailed

_SUCCESSOR: Final = "refresh token"
"""Purpose of the digests that refresh tokens are made of."""


class Credentials(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """Who logs in; `username` may be the email address, and `email` can stand in its place.

    Beside a `username`, the others are taken and not looked at.
    """

    username: LoginName | None = None
    password: Password
    email: object = UNSET
    display_name: object = UNSET

    @property
    def login_name(self) -> str:
        """The username or the email address. Raises ValidationFailed when there is neither."""
        if self.username is not None:
            return self.username
        if self.email is UNSET or self.email is None:
            raise ValidationFailed({"username": "is required, unless there is an email address"})
        if not isinstance(self.email, str):
            raise ValidationFailed({"email": "must be text"})
        return self.email


class RefreshRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The refresh token that the last login or refresh gave."""

    refresh_token: RefreshToken


class LogIn:
    """Anyone with a password: an access token, and a refresh token to get the next one with.

    A wrong password, an unknown user and a disabled one get the same refusal after the same time. After 10 failures
    of an account or 100 from an address within 15 minutes they are throttled, and told the seconds to wait. At an
    address (IPv6: /64 network) where the account logged in within 30 days, only its own failures there count against
    it.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        password_check: PasswordCheck,
        passwords: PasswordHasher,
        access_tokens: AccessTokens,
        clock: Clock,
        ids: Ids,
        *,
        refresh_lifetime: timedelta,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._password_check = password_check
        self._passwords = passwords
        self._access_tokens = access_tokens
        self._clock = clock
        self._ids = ids
        self._refresh_lifetime = refresh_lifetime

    async def __call__(self, credentials: Credentials, address: str) -> LoginView:
        right = await self._password_check.by_login_name(
            credentials.login_name, credentials.password, address
        )
        if right is None:
            raise WrongCredentials
        new_hash = None
        if self._passwords.is_outdated(right.password_hash):
            new_hash = await self._passwords.hash(credentials.password)
        refresh_token = self._ids.new_secret()
        session = self._new_session(right.user, refresh_token)
        if not await self._open(session, right, new_hash):
            raise WrongCredentials  # the password was changed, or the user disabled, a moment ago
        return _login_view(self._access_tokens, right.user, session, refresh_token)

    def _new_session(self, user: User, refresh_token: str) -> Session:
        now = self._clock.now()
        return Session(
            id=self._ids.new_id(),
            user_id=user.id,
            refresh_digest=_digest(refresh_token),
            created_at=now,
            expires_at=now + self._refresh_lifetime,
        )

    @run_again
    async def _open(self, session: Session, right: RightPassword, new_hash: str | None) -> bool:
        async with self._unit_of_work() as work:
            await work.login_attempts.remove(right.attempt)
            if new_hash is not None:
                await work.users.replace_password_hash(right.user, new_hash)
            is_open = await work.sessions.open(session, new_hash or right.password_hash)
            if is_open:
                await work.login_addresses.remember(right.user.id, right.attempt.address, session.created_at)
            return is_open


class RefreshSession:
    """Whoever holds a refresh token: the next access token and the next refresh token; the old one is spent.

    A token's successor follows from the token, so a request that is sent again within 30 seconds, or that races with
    itself, gets the same successor. A spent token that comes back later, or that is older than the immediate
    predecessor, was stolen or copied: its whole session ends, access tokens included. Fails with UNAUTHENTICATED
    then, and when the token is unknown, expired, or its session has ended.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        authenticate: Authenticate,
        access_tokens: AccessTokens,
        clock: Clock,
        digests: KeyedDigests,
        *,
        refresh_lifetime: timedelta,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._authenticate = authenticate
        self._access_tokens = access_tokens
        self._clock = clock
        self._digests = digests
        self._refresh_lifetime = refresh_lifetime

    async def __call__(self, request: RefreshRequest) -> LoginView:
        session, user = await self._refresh(request.refresh_token)
        if user is None:
            self._authenticate.forget_session(session.id)
            raise InvalidRefreshToken
        successor = self._successor(session, request.refresh_token)
        return _login_view(self._access_tokens, user, session, successor)

    @run_again
    async def _refresh(self, token: str) -> tuple[Session, User | None]:
        """The session that the token's successor belongs to, and its user; no user if the session was ended."""
        async with self._unit_of_work() as work:
            session = await work.sessions.find_by_refresh_digest(_digest(token))
            if session is not None:
                session = await self._rotated(work, session, token)
            else:
                session = await work.sessions.find_by_spent_digest(_digest(token))
                if session is None:
                    raise InvalidRefreshToken
                now = self._clock.now()
                if not session.answers_again(_digest(self._successor(session, token)), now):
                    await work.sessions.revoke(session.id, now)
                    return session, None
            user = await work.users.get(session.user_id)
            if user is None or not user.active:
                raise InvalidRefreshToken
            return session, user

    async def _rotated(self, work: UnitOfWork, session: Session, token: str) -> Session:
        successor = _digest(self._successor(session, token))
        refreshed = session.refresh(successor, self._clock.now(), self._refresh_lifetime)
        if not await work.sessions.refresh(session, refreshed):
            raise TransactionConflict("another request rotated or ended the session: read it again")
        return refreshed

    def _successor(self, session: Session, token: str) -> str:
        return urlsafe_b64encode(self._digests(_SUCCESSOR, session.id, token)).rstrip(b"=").decode()


class LogOut:
    """Users: end this login. Its access and refresh tokens stop working at once."""

    def __init__(self, unit_of_work: UnitOfWorkFactory, authenticate: Authenticate, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._authenticate = authenticate
        self._clock = clock

    async def __call__(self, principal: Principal) -> None:
        await self._end(principal.session_id)
        self._authenticate.forget_session(principal.session_id)

    @run_again
    async def _end(self, session_id: str) -> None:
        async with self._unit_of_work() as work:
            await work.sessions.revoke(session_id, self._clock.now())


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


def _login_view(access_tokens: AccessTokens, user: User, session: Session, refresh_token: str) -> LoginView:
    access_token, expires_in = access_tokens.issue(user.id, session.id)
    return LoginView(access_token, expires_in, refresh_token, AccountView.of(user))
