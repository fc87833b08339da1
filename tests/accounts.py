"""Every use case of accounts, wired to a storage that the test chooses."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from shop.adapters.mail.links import Links
from shop.adapters.mail.texts import JinjaMailTexts
from shop.adapters.security.one_time_codes import TotpCodes
from shop.adapters.security.passwords import Argon2Passwords
from shop.adapters.security.secret_box import FernetBox
from shop.adapters.security.secrets import HmacDigests, KeyringDigests, RandomIds
from shop.adapters.security.tokens import JwtAccessTokens
from shop.application.accounts.administration import ChangeUser, CloseAccount, CloseOwnAccount
from shop.application.accounts.api_key_authentication import ApiKeyAuthentication
from shop.application.accounts.authentication import Authenticate
from shop.application.accounts.logging_in import Credentials, LogIn, LogOut, RefreshRequest, RefreshSession
from shop.application.accounts.own_account import ChangePassword, UpdateProfile
from shop.application.accounts.password_check import PasswordCheck
from shop.application.accounts.purging import PurgeExpiredSessions
from shop.application.accounts.second_factor_check import SecondFactorCheck
from shop.application.accounts.setting_passwords import SetPassword
from shop.application.accounts.signing_up import CreateAccount, CreateAdmin, NewAccount, SignUp
from shop.application.accounts.views import LoginView
from shop.application.audit.trail import Audit
from shop.application.carts.merging import MergeCarts
from shop.application.messages.queueing import MessageTokens, QueueMessage
from shop.application.outbox.recording import RecordEvents
from shop.application.ports.shared_reads import SharedReads
from shop.domain.accounts.role import Role
from shop.domain.accounts.user import Principal

ADDRESS = "192.0.2.1"
PASSWORD = "correct horse battery"
SOMEBODY = Principal("0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11", "somebody", Role.ADMIN, "session")
"""The admin in whose name `change_user` and `close_account` are called."""


class FrozenClock:
    """A clock that only `advance` moves."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 14, 9, 26, 53, 589793, UTC)

    def now(self) -> datetime:
        return self.time

    def advance(self, **duration: float) -> None:
        self.time += timedelta(**duration)


class CountingPasswords:
    """The real hasher with cheap parameters. Each comparison increments `compared` and sets `comparing`."""

    def __init__(self, iterations: int = 1) -> None:
        self._real = Argon2Passwords(threads=2, memory_kib=8, iterations=iterations)
        self.compared = 0
        self.comparing = asyncio.Event()

    async def hash(self, password: str) -> str:
        return await self._real.hash(password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        self.compared += 1
        self.comparing.set()
        return await self._real.verify(password_hash, password)

    def is_outdated(self, password_hash: str) -> bool:
        return self._real.is_outdated(password_hash)

    def close(self) -> None:
        self._real.close()


class Accounts:
    """The accounts package of one instance of the shop. Several instances may share a storage."""

    def __init__(
        self,
        storage: Any,
        clock: FrozenClock | None = None,
        iterations: int = 1,
        shared: SharedReads | None = None,
    ) -> None:
        work, ids, digests = storage.unit_of_work, RandomIds(), HmacDigests("s" * 32)
        self.clock = clock or FrozenClock()
        self.storage = storage
        self.queries = storage.users
        self.passwords = CountingPasswords(iterations)
        self.tokens = JwtAccessTokens("s" * 32, timedelta(hours=1), self.clock, ids)
        self.authenticate = Authenticate(
            self.tokens,
            storage.users,
            self.clock,
            ApiKeyAuthentication(storage.api_keys, work, self.clock),
            shared,
        )
        check = PasswordCheck(work, self.passwords, self.clock, ids, digests, shared=shared)
        common = frozenset({"password123"})
        lifetime = timedelta(days=30)
        audit = Audit(self.clock, ids)
        record = RecordEvents(self.clock, ids, low_stock=5)
        create = CreateAccount(work, self.passwords, common, self.clock, ids, audit, record)
        keyring = KeyringDigests(["s" * 32])
        codes = SecondFactorCheck(work, TotpCodes("Shop"), FernetBox(["s" * 32]), keyring, self.clock)
        links = Links("https://shop.example", "{SHOP_URL}/#{token}", "{SHOP_URL}/#{token}", "{SHOP_URL}")
        message_tokens = MessageTokens(keyring)
        queue = QueueMessage(JinjaMailTexts("Shop", links), message_tokens, self.clock, ids, is_on=True)
        merge_carts = MergeCarts(storage.carts, work, self.clock, ids)
        self.sign_up = SignUp(create, merge_carts)
        self.create_admin = CreateAdmin(create)
        self.log_in = LogIn(
            work,
            check,
            codes,
            self.passwords,
            self.tokens,
            self.clock,
            ids,
            merge_carts,
            refresh_lifetime=lifetime,
        )
        self.refresh_session = RefreshSession(
            work, self.authenticate, self.tokens, self.clock, digests, merge_carts, refresh_lifetime=lifetime
        )
        self.log_out = LogOut(work, self.authenticate, self.clock)
        self.update_profile = UpdateProfile(work, queue)
        self.change_password = ChangePassword(
            work, check, self.passwords, common, self.authenticate, queue, self.clock
        )
        self.set_password = SetPassword(work, self.passwords, common, queue, self.clock, audit)
        self.change_user = partial(ChangeUser(work, self.authenticate, self.clock, audit), SOMEBODY)
        self.close_own_account = CloseOwnAccount(work, self.authenticate, self.clock, audit, record)
        self.close_account = partial(
            CloseAccount(work, self.authenticate, self.clock, audit, record), SOMEBODY
        )
        self.purge_expired_sessions = PurgeExpiredSessions(work, self.clock)

    async def customer(self, username: str = "ada", **fields: Any) -> None:
        await self.sign_up(NewAccount(username=username, password=PASSWORD, **fields))

    async def login(
        self, username: str = "ada", password: str = PASSWORD, address: str = ADDRESS
    ) -> LoginView:
        return await self.log_in(Credentials(username=username, password=password), address)

    async def principal(self, login: LoginView) -> Principal:
        principal = await self.authenticate(login.access_token)
        assert principal is not None, "the access token is invalid, or its session has ended"
        return principal

    async def refresh(self, login: LoginView) -> LoginView:
        return await self.refresh_session(RefreshRequest(login.refresh_token))
