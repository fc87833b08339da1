"""Password resets at the command line."""

from collections.abc import Container

from shop.application.audit.trail import Audit
from shop.application.framework.transactions import retry_on_conflict
from shop.application.messages.queueing import QueueMessage
from shop.application.ports.logins import PasswordHasher
from shop.application.ports.system import Clock
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.accounts.credentials import check_new_password
from shop.domain.accounts.user import User
from shop.domain.audit import AuditAction
from shop.domain.errors import NotFound
from shop.domain.messages.message import Template


class SetPassword:
    """The command line: set a user's password. All sessions of the user end, and the user gets a mail.

    Raises NotFound for an unknown username or email address, ValidationFailed for a password that breaks a rule.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        passwords: PasswordHasher,
        common_passwords: Container[str],
        queue_message: QueueMessage,
        clock: Clock,
        audit: Audit,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._passwords = passwords
        self._common_passwords = common_passwords
        self._queue_message = queue_message
        self._clock = clock
        self._audit = audit

    async def __call__(self, login_name: str, password: str) -> User:
        check_new_password(password, self._common_passwords, "password")
        return await self._set(login_name, await self._passwords.hash(password))

    @retry_on_conflict
    async def _set(self, login_name: str, password_hash: str) -> User:
        async with self._unit_of_work() as work:
            found = await work.users.find(login_name)
            user = await work.users.lock(found.id) if found is not None else None
            if user is None or user.closed_at is not None:
                raise NotFound("user")
            changed = user.change_password(password_hash)
            await work.users.save(changed)
            await work.sessions.revoke_all(user.id, self._clock.now())
            facts = {"username": user.username}
            await self._queue_message(work, Template.PASSWORD_CHANGED, user.email, facts, user_id=user.id)
            await self._audit(work, None, AuditAction.USER_PASSWORD_SET, user.id, before=None, after=None)
        return changed
