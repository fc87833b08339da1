"""Users' second factors: set up, confirm, disable; and their removal at the command line."""

import base64
from hashlib import sha256
from typing import Final

import msgspec

from shop.application.accounts.authentication import Authenticate
from shop.application.accounts.inputs import Code, Password
from shop.application.accounts.password_check import PasswordCheck, RightPassword
from shop.application.accounts.second_factor_check import SecondFactorCheck
from shop.application.audit.trail import Audit
from shop.application.framework.idempotency import Outcome, Replayed, claim, save_answer, stored_answer
from shop.application.framework.secret_answers import SecretAnswers
from shop.application.framework.transactions import retry_on_conflict
from shop.application.framework.views import DoneView
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.logins import OneTimeCodes
from shop.application.ports.system import Clock, Ids, SecretBox
from shop.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shop.domain.accounts.second_factor import (
    RECOVERY_CODES,
    NoSecondFactor,
    WrongCode,
)
from shop.domain.accounts.user import Principal, User, WrongPassword
from shop.domain.audit import AuditAction
from shop.domain.errors import NotFound, ValidationFailed

_SECRET_BYTES: Final = 20
_RECOVERY_BYTES: Final = 10
_GROUP: Final = 4


class SecondFactorSetup(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The current password and, while a second factor is in force, a code of it."""

    password: Password
    code: Code | None = None


class SecondFactorCode(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A code from the app that was set up."""

    code: Code


class SecondFactorRemoval(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The current password, and a code from the app or a recovery code."""

    password: Password
    code: Code


class SecondFactorSecretView(msgspec.Struct, rename="camel", frozen=True):
    """The secret of a second factor that is being set up, in the forms that apps read. It is not shown again."""

    secret: str
    uri: str
    qr_code: str


class RecoveryCodesView(msgspec.Struct, rename="camel", frozen=True):
    """Ten recovery codes, each of which replaces a code from the app once. They are not shown again."""

    recovery_codes: list[str]


class _Reauthentication:
    """Asks users for their password, and for a code if they have a second factor. Wrong ones count as failed logins."""

    def __init__(self, password_check: PasswordCheck, second_factor_check: SecondFactorCheck) -> None:
        self._password_check = password_check
        self._second_factor_check = second_factor_check

    async def __call__(
        self, principal: Principal, password: str, code: str | None, address: str
    ) -> RightPassword:
        """Raises WrongPassword, WrongCode, TooManyFailedLogins, and ValidationFailed without a required code."""
        right = await self._password_check.by_user_id(principal.user_id, password, address)
        if right is None:
            raise WrongPassword("password")
        if right.user.totp_enabled:
            if code is None:
                await self._password_check.withdraw(right)
                raise ValidationFailed({"code": "is required while a second factor is in force"})
            if not await self._second_factor_check(right.user.id, code):
                await self._password_check.count_as_failed(right)
                raise WrongCode
        return right


class SetUpSecondFactor:
    """Users: get a new secret for an app that makes codes. Nothing is in force until a code confirms it.

    While another second factor is in force, a code of it is needed, and it stays in force until then. Fails with
    VALIDATION_FAILED or WRONG_PASSWORD, WRONG_CODE, and SECRET_KEYS_MISSING if the shop can't store secrets. Wrong
    passwords and codes count as failed logins and are throttled like them.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        password_check: PasswordCheck,
        second_factor_check: SecondFactorCheck,
        codes: OneTimeCodes,
        secret_box: SecretBox,
        secret_answers: SecretAnswers,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._reauthenticate = _Reauthentication(password_check, second_factor_check)
        self._codes = codes
        self._secret_box = secret_box
        self._secret_answers = secret_answers
        self._clock = clock
        self._ids = ids

    async def __call__(
        self, principal: Principal, setup: SecondFactorSetup, address: str, key: IdempotencyKey | None = None
    ) -> Outcome[SecondFactorSecretView]:
        if (earlier := await self._earlier(key)) is not None:
            return self._secret_answers.opened(earlier)
        secret = _base32(self._ids.new_secret(), _SECRET_BYTES)
        sealed = self._secret_box.seal(secret.encode())  # before a code is spent
        right = await self._reauthenticate(principal, setup.password, setup.code, address)
        return await self._store(right, secret, sealed, key)

    @retry_on_conflict
    async def _earlier(self, key: IdempotencyKey | None) -> Replayed | None:
        async with self._unit_of_work() as work:
            return await stored_answer(work, key, self._clock.now())

    @retry_on_conflict
    async def _store(
        self, right: RightPassword, secret: str, sealed: bytes, key: IdempotencyKey | None
    ) -> Outcome[SecondFactorSecretView]:
        async with self._unit_of_work() as work:
            await work.login_attempts.remove(right.attempt)
            if (earlier := await claim(work, key, self._clock.now())) is not None:
                return self._secret_answers.opened(earlier)
            user = await work.users.lock(right.user.id)
            if user is None or user.password_hash != right.password_hash:
                raise WrongPassword("password")  # it was changed concurrently
            await work.second_factors.prepare(user.id, sealed)
            uri = self._codes.uri(secret, user.username)
            view = SecondFactorSecretView(secret, uri, self._codes.qr_code(uri))
            return await self._secret_answers.save(work, key, view)


class ConfirmSecondFactor:
    """Users: activate the second factor that was set up, with one of its codes.

    From then on, logins need a code. Returns ten recovery codes; recovery codes of an earlier second factor stop
    working. Fails with NO_SECOND_FACTOR if none was set up, WRONG_CODE for a code that is wrong or too old.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        second_factor_check: SecondFactorCheck,
        secret_answers: SecretAnswers,
        authenticate: Authenticate,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._check = second_factor_check
        self._secret_answers = secret_answers
        self._authenticate = authenticate
        self._clock = clock
        self._ids = ids

    async def __call__(
        self, principal: Principal, confirmation: SecondFactorCode, key: IdempotencyKey | None = None
    ) -> Outcome[RecoveryCodesView]:
        codes = [_base32(self._ids.new_secret(), _RECOVERY_BYTES) for _ in range(RECOVERY_CODES)]
        answer = await self._confirm(principal, confirmation.code, codes, key)
        self._authenticate.forget_user(principal.user_id)
        return answer

    @retry_on_conflict
    async def _confirm(
        self, principal: Principal, code: str, recovery_codes: list[str], key: IdempotencyKey | None
    ) -> Outcome[RecoveryCodesView]:
        async with self._unit_of_work() as work:
            if (earlier := await claim(work, key, self._clock.now())) is not None:
                return self._secret_answers.opened(earlier)
            user = await _locked(work, principal.user_id)
            factor = await work.second_factors.get(user.id)
            if factor is None or factor.pending_secret is None:
                raise NoSecondFactor
            step = self._check.step_of(factor.pending_secret, code)
            if step is None:
                raise WrongCode
            digests = [self._check.digests_of(user.id, each)[0] for each in recovery_codes]
            await work.second_factors.save_confirmed(factor.confirm(step, digests))
            await work.users.save(user.with_second_factor(enabled=True))
            view = RecoveryCodesView([_in_groups(each) for each in recovery_codes])
            return await self._secret_answers.save(work, key, view)


class DisableSecondFactor:
    """Users: disable their second factor. Logins then need only the password.

    Fails with WRONG_PASSWORD, WRONG_CODE, NO_SECOND_FACTOR. Wrong passwords and codes count as failed logins.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        password_check: PasswordCheck,
        second_factor_check: SecondFactorCheck,
        authenticate: Authenticate,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._password_check = password_check
        self._reauthenticate = _Reauthentication(password_check, second_factor_check)
        self._authenticate = authenticate
        self._clock = clock

    async def __call__(
        self,
        principal: Principal,
        removal: SecondFactorRemoval,
        address: str,
        key: IdempotencyKey | None = None,
    ) -> Outcome[DoneView]:
        if (earlier := await self._earlier(key)) is not None:
            return earlier
        right = await self._reauthenticate(principal, removal.password, removal.code, address)
        if not right.user.totp_enabled:
            await self._password_check.withdraw(right)
            raise NoSecondFactor
        answer = await self._disable(right, key)
        self._authenticate.forget_user(principal.user_id)
        return answer

    @retry_on_conflict
    async def _earlier(self, key: IdempotencyKey | None) -> Replayed | None:
        async with self._unit_of_work() as work:
            return await stored_answer(work, key, self._clock.now())

    @retry_on_conflict
    async def _disable(self, right: RightPassword, key: IdempotencyKey | None) -> Outcome[DoneView]:
        async with self._unit_of_work() as work:
            await work.login_attempts.remove(right.attempt)
            if (earlier := await claim(work, key, self._clock.now())) is not None:
                return earlier
            user = await _locked(work, right.user.id)
            await work.second_factors.delete(user.id)
            await work.users.save(user.with_second_factor(enabled=False))
            return await save_answer(work, key, DoneView())


class RemoveSecondFactor:
    """The command line: remove the second factor of a user who lost it.

    Raises NotFound for an unknown username or email address, NoSecondFactor if there is none.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory, audit: Audit) -> None:
        self._unit_of_work = unit_of_work
        self._audit = audit

    @retry_on_conflict
    async def __call__(self, login_name: str) -> User:
        async with self._unit_of_work() as work:
            found = await work.users.find(login_name)
            if found is None:
                raise NotFound("user")
            user = await _locked(work, found.id)
            if not user.totp_enabled:
                raise NoSecondFactor
            changed = user.with_second_factor(enabled=False)
            await work.second_factors.delete(user.id)
            await work.users.save(changed)
            action = AuditAction.USER_SECOND_FACTOR_REMOVED
            await self._audit(work, None, action, user.id, before=None, after=None)
        return changed


async def _locked(work: UnitOfWork, user_id: str) -> User:
    user = await work.users.lock(user_id)
    if user is None or user.closed_at is not None:
        raise NotFound("user")
    return user


def _base32(randomness: str, length: int) -> str:
    """Return this many bytes derived from 256 random bits, in base 32."""
    return base64.b32encode(sha256(randomness.encode()).digest()[:length]).decode()


def _in_groups(code: str) -> str:
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))
