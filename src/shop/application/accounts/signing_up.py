"""New accounts: customers sign up, admins are made at the command line."""

from collections.abc import Container

import msgspec

from shop.application.accounts.inputs import DisplayName, Email, NewPassword, Username
from shop.application.accounts.views import AccountView, SignedUpView
from shop.application.audit.trail import Audit, AuditedUser
from shop.application.framework.transactions import run_again
from shop.application.ports.accounts import PasswordHasher
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.accounts.user import Role, User, check_new_account
from shop.domain.audit import AuditAction


class NewAccount(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Who signs up. Usernames and email addresses compare without case."""

    username: Username
    password: NewPassword
    display_name: DisplayName | None = None
    email: Email | None = None


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
        check_new_account(
            account.username, account.password, account.display_name, account.email, self._common_passwords
        )
        user = User(
            id=self._ids.new_id(),
            username=account.username,
            password_hash=await self._passwords.hash(account.password),
            role=role,
            display_name=account.display_name,
            email=account.email,
            created_at=self._clock.now(),
        )
        await self._store(user)
        return user

    @run_again
    async def _store(self, user: User) -> None:
        async with self._unit_of_work() as work:
            await work.users.add(user)
            if user.role is Role.ADMIN:
                after = AuditedUser.of(user)
                await self._audit(work, None, AuditAction.USER_CREATED, user.id, before=None, after=after)


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
        return AccountView.of(await self._create_account(NewAccount(username, password), Role.ADMIN))
