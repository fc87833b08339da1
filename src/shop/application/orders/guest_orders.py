"""Orders of guests: their tokens, and how many may be unpaid."""

from dataclasses import dataclass
from hmac import compare_digest
from typing import Final

from shop.application.carts.guests import GuestRules, token_digest
from shop.application.framework.email_addresses import email_digest
from shop.application.framework.idempotency import Replayed
from shop.application.framework.network_addresses import network_of
from shop.application.framework.secret_answers import SecretAnswers
from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.orders import OrderTokenQueries
from shop.application.ports.system import Clock, Ids, KeyedDigests
from shop.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shop.domain.errors import TooMany, ValidationFailed
from shop.domain.orders.access import OrderToken
from shop.domain.orders.snapshot import Contact

_ADDRESS: Final = "unpaid guest order's address"
"""Purpose of keyed digests."""


@dataclass(frozen=True, slots=True)
class NewGuestOrder:
    """What is stored with a guest's new order: its token, and digests of the guest's addresses."""

    token: OrderToken
    secret: str
    """The token as the guest gets it."""
    address: bytes
    """A digest of the network address."""
    email: bytes
    """A digest of the email address."""


class GuestOrders:
    """The steps of a checkout that only guests need: an order token, and a limit on unpaid orders."""

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        clock: Clock,
        ids: Ids,
        digests: KeyedDigests,
        secret_answers: SecretAnswers,
        rules: GuestRules,
        *,
        max_unpaid: int,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._ids = ids
        self._digests = digests
        self._secret_answers = secret_answers
        self._rules = rules
        self._max_unpaid = max_unpaid

    def begin(
        self, order_id: str, contact: Contact, address: str, key: IdempotencyKey | None
    ) -> NewGuestOrder:
        """Return the token and the address digests of a guest's new order.

        `address` is the network address. Raises GuestsOff, ValidationFailed without an email address, and
        SecretKeysMissing when the answer could not be stored under the key.
        """
        self._rules.ensure_allowed()
        if contact.email is None:
            raise ValidationFailed({"contact.email": "is required without an account"})
        self._secret_answers.ensure_possible(key)
        token, secret = self._new_token(order_id)
        return NewGuestOrder(
            token,
            secret,
            self._digests(_ADDRESS, network_of(address)),
            email_digest(self._digests, contact.email),
        )

    async def admit(self, work: UnitOfWork, guest: NewGuestOrder) -> None:
        """Raise TooMany if too many unpaid orders came from the same network address or email address."""
        if (
            await work.unpaid_guest_orders.count(guest.address, guest.email, self._clock.now())
            >= self._max_unpaid
        ):
            raise TooMany(
                "Too many of your orders are unpaid: pay or cancel one of them first.", retry_after=60
            )

    async def store(self, work: UnitOfWork, guest: NewGuestOrder) -> None:
        """Store the token and the address digests. The order itself must be stored already."""
        await work.order_tokens.add(guest.token)
        await work.unpaid_guest_orders.add(guest.token.order_id, guest.address, guest.email)

    @retry_on_conflict
    async def reissue_token(self, order_id: str) -> str:
        """Store and return another token: the first one was lost with the process that created it."""
        token, secret = self._new_token(order_id)
        async with self._unit_of_work() as work:
            await work.order_tokens.add(token)
        return secret

    def opened(self, answer: Replayed) -> Replayed:
        """Return an earlier answer, decrypted. Raises AnswerGone."""
        return self._secret_answers.opened(answer)

    def _new_token(self, order_id: str) -> tuple[OrderToken, str]:
        secret = self._ids.new_secret()
        return OrderToken(self._ids.new_id(), order_id, token_digest(secret), self._clock.now()), secret


class FindOrderToken:
    """Finds the token of a guest's order."""

    def __init__(self, order_tokens: OrderTokenQueries) -> None:
        self._order_tokens = order_tokens

    async def __call__(self, token: str) -> OrderToken | None:
        """Return the stored token; None if it is unknown or its order belongs to an account."""
        digest = token_digest(token)
        found = await self._order_tokens.find(digest)
        return found if found is not None and compare_digest(found.digest, digest) else None
