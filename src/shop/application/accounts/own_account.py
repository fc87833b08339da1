"""Users' changes to their own accounts."""

from collections.abc import Container

import msgspec
from msgspec import UNSET, UnsetType

from shop.application.accounts.authentication import Authenticate
from shop.application.accounts.inputs import DisplayName, Email, NewPassword, Password
from shop.application.accounts.password_check import PasswordCheck, RightPassword
from shop.application.accounts.views import ProfileView, UserView
from shop.application.framework.idempotency import Outcome, Replayed, claim, save_answer, stored_answer
from shop.application.framework.inputs import ExpectedVersions, Version, ensure_expected, takes_back
from shop.application.framework.transactions import retry_on_conflict
from shop.application.framework.views import DoneView
from shop.application.messages.queueing import QueueMessage
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.logins import PasswordHasher
from shop.application.ports.system import Clock
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.accounts.credentials import check_new_password
from shop.domain.accounts.user import Principal, WrongPassword
from shop.domain.errors import NotFound, VersionConflict
from shop.domain.messages.message import Template


@takes_back(ProfileView)
class Profile(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A user's profile. An omitted field keeps its value, null clears it."""

    display_name: DisplayName | UnsetType | None = UNSET
    email: Email | UnsetType | None = UNSET


@takes_back(UserView)
class ProfileUpdate(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The new profile; a stale `version` is refused. Read-only fields are accepted and ignored."""

    profile: Profile
    version: Version | UnsetType = UNSET


class PasswordChange(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The current password and the new one."""

    current_password: Password
    new_password: NewPassword


class UpdateProfile:
    """Users: change the display name and the email address.

    A new address is unverified until its owner follows a link sent to it. The former address gets a mail, and password
    reset links that were sent to it stop working.

    Fails with a conflict when another user has the email address or `version` is stale, PRECONDITION_FAILED when the
    expected version is stale, VALIDATION_FAILED when a field breaks a rule.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory, queue_message: QueueMessage) -> None:
        self._unit_of_work = unit_of_work
        self._queue_message = queue_message

    @retry_on_conflict
    async def __call__(
        self, principal: Principal, update: ProfileUpdate, expected: ExpectedVersions = None
    ) -> UserView:
        profile = update.profile
        async with self._unit_of_work() as work:
            user = await work.users.lock(principal.user_id)
            if user is None or user.closed_at is not None:
                raise NotFound("user")
            ensure_expected(user.version, expected)
            if update.version is not UNSET and update.version != user.version:
                raise VersionConflict(update.version, user.version)
            changed = user.change_profile(
                user.display_name if profile.display_name is UNSET else profile.display_name,
                user.email if profile.email is UNSET else profile.email,
            )
            if changed is not user:
                await work.users.save(changed)
            if changed.email_key != user.email_key:
                await work.messages.end_tokens(user.id, Template.PASSWORD_RESET)
                await work.messages.end_tokens(user.id, Template.VERIFY_EMAIL)
                facts = {"username": user.username}
                await self._queue_message(work, Template.EMAIL_CHANGED, user.email, facts, user_id=user.id)
        return UserView.of(changed)


class ChangePassword:
    """Users: change their password. All other sessions of the user end; this one stays. The user gets a mail.

    Fails with VALIDATION_FAILED when the current password is wrong or the new one breaks a rule. A wrong current
    password counts as a failed login and is throttled like one.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        password_check: PasswordCheck,
        passwords: PasswordHasher,
        common_passwords: Container[str],
        authenticate: Authenticate,
        queue_message: QueueMessage,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._password_check = password_check
        self._passwords = passwords
        self._common_passwords = common_passwords
        self._authenticate = authenticate
        self._queue_message = queue_message
        self._clock = clock

    async def __call__(
        self, principal: Principal, change: PasswordChange, address: str, key: IdempotencyKey | None = None
    ) -> Outcome[DoneView]:
        if (earlier := await self._earlier(key)) is not None:
            return earlier
        check_new_password(change.new_password, self._common_passwords, "new_password")
        right = await self._password_check.by_user_id(principal.user_id, change.current_password, address)
        if right is None:
            raise WrongPassword("current_password")
        new_hash = await self._passwords.hash(change.new_password)
        answer = await self._change(principal, right, new_hash, key)
        self._authenticate.forget_user(principal.user_id)
        return answer

    @retry_on_conflict
    async def _earlier(self, key: IdempotencyKey | None) -> Replayed | None:
        if key is None:
            return None
        async with self._unit_of_work() as work:
            return await stored_answer(work, key, self._clock.now())

    @retry_on_conflict
    async def _change(
        self, principal: Principal, right: RightPassword, new_hash: str, key: IdempotencyKey | None
    ) -> Outcome[DoneView]:
        now = self._clock.now()
        async with self._unit_of_work() as work:
            await work.login_attempts.remove(right.attempt)
            if (earlier := await claim(work, key, now)) is not None:
                return earlier
            user = await work.users.lock(principal.user_id)
            if user is None or user.password_hash != right.password_hash:
                raise WrongPassword("current_password")  # it was changed concurrently
            await work.users.save(user.change_password(new_hash))
            await work.sessions.revoke_all(user.id, now, keep=principal.session_id)
            facts = {"username": user.username}
            await self._queue_message(work, Template.PASSWORD_CHANGED, user.email, facts, user_id=user.id)
            return await save_answer(work, key, DoneView())
