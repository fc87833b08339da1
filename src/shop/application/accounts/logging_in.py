"""Sessions: logging in, refreshing, logging out."""

from base64 import urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256
from typing import Final

import msgspec
from msgspec import UNSET

from shop.application.accounts.authentication import Authenticate
from shop.application.accounts.inputs import CartToken, Code, LoginName, Password, RefreshToken
from shop.application.accounts.password_check import PasswordCheck, RightPassword
from shop.application.accounts.second_factor_check import SecondFactorCheck
from shop.application.accounts.views import AccountView, LoginView
from shop.application.carts.merged_views import MergedCartView
from shop.application.carts.merging import MergeCarts
from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.logins import AccessTokens, PasswordHasher
from shop.application.ports.system import Clock, Ids, KeyedDigests
from shop.application.ports.unit_of_work import TransactionConflict, UnitOfWork, UnitOfWorkFactory
from shop.domain.accounts.second_factor import TotpRequired
from shop.domain.accounts.session import InvalidRefreshToken, Session
from shop.domain.accounts.user import Principal, User, WrongCredentials
from shop.domain.errors import ValidationFailed

_SUCCESSOR: Final = "refresh token"
"""The purpose of the keyed digests from which refresh tokens are derived."""


class Credentials(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """Login credentials; `username` may be an email address, and `email` may be sent instead of it.

    With a guest's `cart_token`, the guest's cart is merged into the account's after the login.

    If `username` is sent, the alternatives are ignored.
    """

    username: LoginName | None = None
    password: Password
    email: object = UNSET
    display_name: object = UNSET
    totp_code: Code | None = None
    cart_token: CartToken | None = None

    @property
    def login_name(self) -> str:
        """Return the username or the email address. Raises ValidationFailed when both are missing."""
        if self.username is not None:
            return self.username
        if self.email is UNSET or self.email is None:
            raise ValidationFailed({"username": "is required, unless there is an email address"})
        if not isinstance(self.email, str):
            raise ValidationFailed({"email": "must be text"})
        return self.email


class RefreshRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The refresh token returned by the last login or refresh; a guest's cart is merged as at a login."""

    refresh_token: RefreshToken
    cart_token: CartToken | None = None


class LogIn:
    """Anyone with a password: log in. Returns an access token and a refresh token.

    An account with a second factor also needs a code from its app, or a recovery code, in `totpCode`: without it, the
    error is TOTP_REQUIRED. A wrong code counts as a wrong password does.

    A wrong password, an unknown user and a disabled user get the same error after the same time. After 10 failures of
    an account or 100 from an address within 15 minutes, logins are throttled, and the response says how many seconds to
    wait. At an address (IPv6: /64 network) from which the account logged in within 30 days, only the account's failures
    from that address count against it.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        password_check: PasswordCheck,
        second_factor_check: SecondFactorCheck,
        passwords: PasswordHasher,
        access_tokens: AccessTokens,
        clock: Clock,
        ids: Ids,
        merge_carts: MergeCarts,
        *,
        refresh_lifetime: timedelta,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._password_check = password_check
        self._second_factor_check = second_factor_check
        self._passwords = passwords
        self._access_tokens = access_tokens
        self._clock = clock
        self._ids = ids
        self._merge_carts = merge_carts
        self._refresh_lifetime = refresh_lifetime

    async def __call__(self, credentials: Credentials, address: str) -> LoginView:
        right = await self._password_check.by_login_name(
            credentials.login_name, credentials.password, address
        )
        if right is None:
            raise WrongCredentials
        if right.user.totp_enabled:
            await self._check_code(right, credentials.totp_code)
        new_hash = None
        if self._passwords.is_outdated(right.password_hash):
            new_hash = await self._passwords.hash(credentials.password)
        refresh_token = self._ids.new_secret()
        session = self._new_session(right.user, refresh_token)
        if not await self._open(session, right, new_hash):
            raise WrongCredentials  # the password was changed, or the user disabled, a moment ago
        cart = await self._merge_carts(right.user.id, credentials.cart_token)
        return _login_view(self._access_tokens, right.user, session, refresh_token, cart)

    async def _check_code(self, right: RightPassword, code: str | None) -> None:
        if code is None:
            await self._password_check.withdraw(right)
            raise TotpRequired
        if not await self._second_factor_check(right.user.id, code):
            await self._password_check.count_as_failed(right)
            raise WrongCredentials

    def _new_session(self, user: User, refresh_token: str) -> Session:
        now = self._clock.now()
        return Session(
            id=self._ids.new_id(),
            user_id=user.id,
            refresh_digest=_digest(refresh_token),
            created_at=now,
            expires_at=now + self._refresh_lifetime,
        )

    @retry_on_conflict
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
    """Holders of a refresh token: get new access and refresh tokens. The old refresh token is spent.

    A token's successor is derived from the token, so a retry within 30 seconds, or a concurrent duplicate, gets the
    same successor. A spent token that is used later, or that is older than the immediate predecessor, counts as stolen:
    its whole session ends, access tokens included. Fails with UNAUTHENTICATED then, and when the token is unknown or
    expired, or its session has ended.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        authenticate: Authenticate,
        access_tokens: AccessTokens,
        clock: Clock,
        digests: KeyedDigests,
        merge_carts: MergeCarts,
        *,
        refresh_lifetime: timedelta,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._authenticate = authenticate
        self._access_tokens = access_tokens
        self._clock = clock
        self._digests = digests
        self._merge_carts = merge_carts
        self._refresh_lifetime = refresh_lifetime

    async def __call__(self, request: RefreshRequest) -> LoginView:
        session, user = await self._refresh(request.refresh_token)
        if user is None:
            self._authenticate.forget_session(session.id)
            raise InvalidRefreshToken
        successor = self._successor(session, request.refresh_token)
        cart = await self._merge_carts(user.id, request.cart_token)
        return _login_view(self._access_tokens, user, session, successor, cart)

    @retry_on_conflict
    async def _refresh(self, token: str) -> tuple[Session, User | None]:
        """Refresh the session. Return it and its user; the user is None if the session was ended."""
        async with self._unit_of_work() as work:
            session = await work.sessions.find_by_refresh_digest(_digest(token))
            if session is not None:
                session = await self._rotated(work, session, token)
            else:
                session = await work.sessions.find_by_spent_digest(_digest(token))
                if session is None:
                    raise InvalidRefreshToken
                now = self._clock.now()
                if not session.may_repeat_refresh(_digest(self._successor(session, token)), now):
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
    """Users: end this session. Its access and refresh tokens stop working immediately."""

    def __init__(self, unit_of_work: UnitOfWorkFactory, authenticate: Authenticate, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._authenticate = authenticate
        self._clock = clock

    async def __call__(self, principal: Principal) -> None:
        await self._end(principal.session_id)
        self._authenticate.forget_session(principal.session_id)

    @retry_on_conflict
    async def _end(self, session_id: str) -> None:
        async with self._unit_of_work() as work:
            await work.sessions.revoke(session_id, self._clock.now())


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


def _login_view(
    access_tokens: AccessTokens,
    user: User,
    session: Session,
    refresh_token: str,
    cart: MergedCartView | None,
) -> LoginView:
    access_token, expires_in = access_tokens.issue(user.id, session.id)
    return LoginView(access_token, expires_in, refresh_token, AccountView.of(user), cart=cart or UNSET)
