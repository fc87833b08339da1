"""New accounts: customers sign up, admins are made at the command line."""

from collections.abc import Container, Iterator
from dataclasses import replace

import msgspec
from msgspec import UNSET, UnsetType

from shop.application.accounts.inputs import DisplayName, Email, NewPassword, Username
from shop.application.accounts.views import AccountView, SignedUpView
from shop.application.audit.trail import Audit, AuditedUser
from shop.application.framework.transactions import run_again
from shop.application.ports.accounts import PasswordHasher
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.accounts.role import Role
from shop.domain.accounts.user import User, UsernameTaken, check_new_account, usernames_for
from shop.domain.audit import AuditAction
from shop.domain.errors import ValidationFailed


class NewAccount(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """Who signs up. Usernames and email addresses compare without case.

    Without a `username` a free one is made of the email address, which must be there then. `name` is another word for
    `displayName`.
    """

    username: Username | UnsetType = UNSET
    password: NewPassword
    display_name: DisplayName | None = None
    email: Email | None = None
    name: DisplayName | None = None


class CreateAccount:
    """Makes accounts of either role.

    Of several that ask for one username or email address at the same time exactly one gets it.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        passwords: PasswordHasher,
        common_passwords: Container[str],
        clock: Clock,
        ids: Ids,
        audit: Audit,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._passwords = passwords
        self._common_passwords = common_passwords
        self._clock = clock
        self._ids = ids
        self._audit = audit

    async def __call__(self, account: NewAccount, role: Role) -> User:
        """The new user. Raises ValidationFailed, UsernameTaken, EmailTaken."""
        usernames = _usernames_of(account)
        display_name = account.name if account.display_name is None else account.display_name
        username = next(usernames)
        check_new_account(username, account.password, display_name, account.email, self._common_passwords)
        user = User(
            id=self._ids.new_id(),
            username=username,
            password_hash=await self._passwords.hash(account.password),
            role=role,
            display_name=display_name,
            email=account.email,
            created_at=self._clock.now(),
        )
        while True:
            try:
                await self._store(user)
            except UsernameTaken:
                if (username := next(usernames, "")) == "":
                    raise
                user = replace(user, username=username)
            else:
                return user

    @run_again
    async def _store(self, user: User) -> None:
        async with self._unit_of_work() as work:
            await work.users.add(user)
            if user.role == Role.ADMIN:
                after = AuditedUser.of(user)
                await self._audit(work, None, AuditAction.USER_CREATED, user.id, before=None, after=after)


def _usernames_of(account: NewAccount) -> Iterator[str]:
    """Return the usernames to try in turn, one at least. Raises ValidationFailed."""
    if account.username is not UNSET:
        return iter([account.username])
    if account.email is None:
        raise ValidationFailed({"username": "is required"})
    return usernames_for(account.email)


class SignUp:
    """Anyone: become a customer of the shop.

    Fails with 409 when the username or the email address is taken, 400 when something breaks a rule:
    passwords have 8 to 256 characters and are not among the 3,000 commonest.
    """

    def __init__(self, create_account: CreateAccount) -> None:
        self._create_account = create_account

    async def __call__(self, account: NewAccount) -> SignedUpView:
        user = await self._create_account(account, Role.CUSTOMER)
        return SignedUpView(AccountView.of(user))


class CreateAdmin:
    """Whoever has the command line: a new admin. Raises ValidationFailed, UsernameTaken."""

    def __init__(self, create_account: CreateAccount) -> None:
        self._create_account = create_account

    async def __call__(self, username: str, password: str) -> AccountView:
        return AccountView.of(
            await self._create_account(NewAccount(username=username, password=password), Role.ADMIN)
        )
