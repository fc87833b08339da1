"""Sessions: logging in, refreshing, logging out."""

from datetime import timedelta
from hashlib import sha256

import msgspec
from msgspec import UNSET

from shop.application.accounts.authentication import Authenticate
from shop.application.accounts.inputs import LoginName, Password, RefreshToken
from shop.application.accounts.password_check import PasswordCheck, RightPassword
from shop.application.accounts.views import AccountView, LoginView
from shop.application.framework.transactions import run_again
from shop.application.ports.accounts import AccessTokens, PasswordHasher
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.accounts.session import InvalidRefreshToken, Session
from shop.domain.accounts.user import Principal, User, WrongCredentials


class Credentials(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Who logs in; `username` may be the email address. The other two are taken and not looked at."""

    username: LoginName
    password: Password
    display_name: object = UNSET
    email: object = UNSET


class RefreshRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The refresh token that the last login or refresh gave."""

    refresh_token: RefreshToken


class LogIn:
    """Anyone with a password: an access token, and a refresh token to get the next one with.

    A wrong password, an unknown user and a disabled one get the same 401 after the same time. After 10
    failures of an account or 100 from an address within 15 minutes it is 429, with the seconds to wait.
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
        right = await self._password_check.by_login_name(credentials.username, credentials.password, address)
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
            return await work.sessions.open(session, new_hash or right.password_hash)


class RefreshSession:
    """Whoever holds a refresh token: the next access token and the next refresh token; the old one is spent.

    A spent token that comes back, be it at the same moment as its first use, has been stolen or copied: its
    whole session ends, access tokens included. Fails with 401 then, and when the token is unknown, expired,
    or its session has ended.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        authenticate: Authenticate,
        access_tokens: AccessTokens,
        clock: Clock,
        ids: Ids,
        *,
        refresh_lifetime: timedelta,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._authenticate = authenticate
        self._access_tokens = access_tokens
        self._clock = clock
        self._ids = ids
        self._refresh_lifetime = refresh_lifetime

    async def __call__(self, request: RefreshRequest) -> LoginView:
        next_token = self._ids.new_secret()
        session, user = await self._refresh(_digest(request.refresh_token), _digest(next_token))
        if user is None:
            self._authenticate.forget_session(session.id)
            raise InvalidRefreshToken
        return _login_view(self._access_tokens, user, session, next_token)

    @run_again
    async def _refresh(self, digest: bytes, next_digest: bytes) -> tuple[Session, User | None]:
        """The session, and its user unless the token was spent and the session ended for that."""
        now = self._clock.now()
        async with self._unit_of_work() as work:
            session = await work.sessions.find_by_refresh_digest(digest)
            if session is None:
                session = await work.sessions.find_by_spent_digest(digest)
                if session is None:
                    raise InvalidRefreshToken
                await work.sessions.revoke(session.id, now)
                return session, None
            refreshed = session.refresh(next_digest, now, self._refresh_lifetime)
            if not await work.sessions.refresh(session, refreshed):
                await work.sessions.revoke(session.id, now)
                return session, None
            user = await work.users.get(session.user_id)
            if user is None or not user.active:
                raise InvalidRefreshToken
            return refreshed, user


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
