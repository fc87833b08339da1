"""New accounts: customers sign up, admins are created at the command line."""

from collections.abc import Container, Sequence
from contextlib import suppress
from dataclasses import replace

import msgspec
from msgspec import UNSET

from shop.application.accounts.inputs import CartToken, DisplayName, Email, NewPassword, Username
from shop.application.accounts.views import AccountView, SignedUpView, UserView
from shop.application.audit.trail import Audit, AuditedUser
from shop.application.carts.merging import MergeCarts
from shop.application.framework.transactions import retry_on_conflict
from shop.application.outbox.recording import RecordEvents
from shop.application.ports.logins import PasswordHasher
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.accounts.credentials import UsernameTaken, check_new_account, usernames_from
from shop.domain.accounts.role import Role
from shop.domain.accounts.user import User
from shop.domain.audit import AuditAction
from shop.domain.errors import ValidationFailed
from shop.domain.outbox.event import EventType


class NewAccount(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A new account. Usernames and email addresses are compared without case.

    Without a `username`, a free one is derived from the `email`. `name` is an alias of `display_name`, which takes
    precedence. With a guest's `cart_token`, the guest's cart becomes the account's.
    """

    username: Username | None = None
    password: NewPassword
    display_name: DisplayName | None = None
    name: DisplayName | None = None
    email: Email | None = None
    cart_token: CartToken | None = None


class CreateAccount:
    """Creates accounts of any role.

    If several requests claim the same username or email address concurrently, exactly one succeeds.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        passwords: PasswordHasher,
        common_passwords: Container[str],
        clock: Clock,
        ids: Ids,
        audit: Audit,
        record: RecordEvents,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._passwords = passwords
        self._common_passwords = common_passwords
        self._clock = clock
        self._ids = ids
        self._audit = audit
        self._record = record

    async def __call__(self, account: NewAccount, role: Role) -> User:
        """Create and return the user. Raises ValidationFailed, UsernameTaken, EmailTaken."""
        user_id = self._ids.new_id()
        usernames = _usernames(account, user_id)
        display_name = account.name if account.display_name is None else account.display_name
        check_new_account(usernames[0], account.password, display_name, account.email, self._common_passwords)
        user = User(
            id=user_id,
            username=usernames[0],
            password_hash=await self._passwords.hash(account.password),
            role=role,
            display_name=display_name,
            email=account.email,
            created_at=self._clock.now(),
        )
        return await self._store_under_the_first_free(usernames, user)

    async def _store_under_the_first_free(self, usernames: Sequence[str], user: User) -> User:
        """Store the user under the first free name. Raises UsernameTaken."""
        for username in usernames[:-1]:
            with suppress(UsernameTaken):
                return await self._store(replace(user, username=username))
        return await self._store(replace(user, username=usernames[-1]))

    @retry_on_conflict
    async def _store(self, user: User) -> User:
        async with self._unit_of_work() as work:
            await work.users.add(user)
            if user.role == Role.CUSTOMER:
                await self._record(work, EventType.CUSTOMER_CREATED, user.id, UserView.of(user))
            if user.role == Role.ADMIN:
                after = AuditedUser.of(user)
                await self._audit(work, None, AuditAction.USER_CREATED, user.id, before=None, after=after)
        return user


class SignUp:
    """Anyone: create a customer account.

    Without a username, a free one is derived from the email address and returned. Fails with a conflict when the
    username or the email address is taken, VALIDATION_FAILED when a field breaks a rule: passwords have 8 to 256
    characters and must not be among the 3,000 most common.
    """

    def __init__(self, create_account: CreateAccount, merge_carts: MergeCarts) -> None:
        self._create_account = create_account
        self._merge_carts = merge_carts

    async def __call__(self, account: NewAccount) -> SignedUpView:
        user = await self._create_account(account, Role.CUSTOMER)
        cart = await self._merge_carts(user.id, account.cart_token)
        return SignedUpView(AccountView.of(user), cart or UNSET)


class CreateAdmin:
    """The command line: create an admin. Raises ValidationFailed, UsernameTaken."""

    def __init__(self, create_account: CreateAccount) -> None:
        self._create_account = create_account

    async def __call__(self, username: str, password: str) -> AccountView:
        return AccountView.of(
            await self._create_account(NewAccount(username=username, password=password), Role.ADMIN)
        )


def _usernames(account: NewAccount, user_id: str) -> Sequence[str]:
    """Return the names to try, the best first. Raises ValidationFailed."""
    if account.username is not None:
        return [account.username]
    if account.email is None:
        raise ValidationFailed({"username": "is required, unless there is an email address"})
    return usernames_from(account.email, user_id)
