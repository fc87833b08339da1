"""Contract tests: messages and requests for password resets."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from shop.adapters.security.secrets import RandomIds
from shop.application.framework.transactions import retry_on_conflict
from shop.application.messages.views import MessageView
from shop.application.ports.messages import MessageBacklog, ResetRequest
from shop.contract.account_samples import NOW, digest
from shop.contract.order_samples import rolled_back
from shop.domain.messages.message import Message, MessageStatus, Template
from shop.domain.outbox.schedule import LEASE

pytestmark = pytest.mark.anyio

_ids = RandomIds()
MINUTE = timedelta(minutes=1)
ADA, EVE = _ids.new_id(), _ids.new_id()


def a_message(template: Template = Template.PASSWORD_CHANGED, **fields: Any) -> Message:
    values = {
        "recipient": "ada@example.com",
        "subject": "Grüße ✓",
        "facts": {"name": "Ä ✓", "n": 1.5},
        **fields,
    }
    return Message.queue(**{"message_id": _ids.new_id(), "template": template, "at": NOW, **values})


async def stored(storage: Any, *messages: Message) -> None:
    for message in messages:
        async with storage.unit_of_work() as work:
            await work.messages.add(message)


async def found(storage: Any, message: Message) -> Message | None:
    async with storage.unit_of_work() as work:
        current: Message | None = await work.messages.get(message.id)
        return current


@retry_on_conflict
async def leased(storage: Any, limit: int = 9, at: Any = NOW) -> list[Message]:
    async with storage.unit_of_work() as work:
        messages: list[Message] = await work.messages.lease_due(at, limit)
        return messages


@retry_on_conflict
async def saved_attempt(storage: Any, before: Message, after: Message) -> None:
    async with storage.unit_of_work() as work:
        await work.messages.save_attempt(before, after)


async def test_a_message_comes_back_as_stored(storage: Any) -> None:
    plain = a_message(order_id=_ids.new_id())
    secret = a_message(Template.PASSWORD_RESET, user_id=ADA, token_digest=digest("token"))
    await stored(storage, plain, secret)
    assert await found(storage, plain) == plain
    assert await found(storage, secret) == secret
    async with storage.unit_of_work() as work:
        assert await work.messages.lock(secret.id) == secret
        assert await work.messages.lock("unknown") is None
        assert await work.messages.get("unknown") is None
        assert await work.messages.find_by_token(digest("token")) == secret
        assert await work.messages.find_by_token(digest("other")) is None
    assert await storage.messages.message(plain.id) == MessageView.of(plain)
    assert await storage.messages.message("unknown") is None


async def test_pages_show_the_newest_first(storage: Any) -> None:
    messages = [a_message() for _ in range(3)]
    await stored(storage, *messages)
    page = await storage.messages.page(1, 2)
    assert (page.total, page.items) == (3, [MessageView.of(messages[2]), MessageView.of(messages[1])])
    assert (await storage.messages.page(2, 2)).items == [MessageView.of(messages[0])]
    assert (await storage.messages.page(3, 2)).items == []


async def test_the_messages_of_a_user_are_read_newest_first(storage: Any) -> None:
    first, of_eve, second = a_message(user_id=ADA), a_message(user_id=EVE), a_message(user_id=ADA)
    await stored(storage, first, of_eve, second, a_message())
    assert await storage.messages.of_user(ADA) == [MessageView.of(second), MessageView.of(first)]


async def test_due_messages_are_leased_the_longest_due_first(storage: Any) -> None:
    late, early, future = a_message(), a_message(at=NOW - MINUTE), a_message(at=NOW + MINUTE)
    await stored(storage, late, early, future)
    assert [message.id for message in await leased(storage, 1)] == [early.id]
    (message,) = await leased(storage)
    assert message == late.with_schedule(late.schedule.lease(NOW))
    assert await found(storage, late) == message
    assert await leased(storage) == []
    assert {message.id for message in await leased(storage, at=NOW + LEASE)} == {late.id, early.id, future.id}


async def test_the_backlog_counts_messages_until_they_are_sent(storage: Any) -> None:
    assert await storage.messages.backlog() == MessageBacklog(0, None, None)
    await stored(storage, a_message(at=NOW - MINUTE), a_message(), a_message(at=NOW + MINUTE))
    (first, second) = await leased(storage)
    assert await storage.messages.backlog() == MessageBacklog(3, NOW - MINUTE, NOW + min(LEASE, MINUTE))
    await saved_attempt(storage, first, first.with_schedule(first.schedule.succeed(NOW)))
    await saved_attempt(storage, second, second.with_schedule(second.schedule.fail(NOW, "refused")))
    due_at = second.schedule.fail(NOW, "refused").due_at
    assert await storage.messages.backlog() == MessageBacklog(2, NOW, due_at)


async def test_concurrent_workers_lease_each_message_once(storage: Any) -> None:
    messages = [a_message() for _ in range(12)]
    await stored(storage, *messages)
    rounds: Sequence[list[Message]] = await asyncio.gather(*(leased(storage, 3) for _ in range(6)))
    ids = [message.id for batch in rounds for message in batch]
    while batch := await leased(storage, 3):
        ids += [message.id for message in batch]
    assert sorted(ids) == sorted(message.id for message in messages)


async def test_a_success_is_stored_even_after_the_lease(storage: Any) -> None:
    await stored(storage, a_message())
    (first,) = await leased(storage)
    (second,) = await leased(storage, at=NOW + LEASE)
    await saved_attempt(storage, second, second.with_schedule(second.schedule.fail(NOW + LEASE, "refused")))
    after = first.with_schedule(first.schedule.succeed(NOW))
    await saved_attempt(storage, first, after)
    current = await found(storage, first)
    assert current == after
    assert current.status is MessageStatus.SENT


async def test_a_failure_is_stored_only_under_its_own_lease(storage: Any) -> None:
    await stored(storage, a_message())
    (first,) = await leased(storage)
    (second,) = await leased(storage, at=NOW + LEASE)
    await saved_attempt(storage, first, first.with_schedule(first.schedule.fail(NOW, "late")))
    assert await found(storage, first) == second
    after = second.with_schedule(second.schedule.fail(NOW + LEASE, "refused"))
    await saved_attempt(storage, second, after)
    assert await found(storage, first) == after
    await saved_attempt(storage, second, second.with_schedule(second.schedule.succeed(NOW)))
    sent = await found(storage, first)
    assert sent is not None
    await saved_attempt(storage, second, second.with_schedule(second.schedule.fail(NOW, "late")))
    assert await found(storage, first) == sent


async def test_a_resend_discards_the_results_of_earlier_attempts(storage: Any) -> None:
    await stored(storage, a_message())
    (before,) = await leased(storage)
    again = before.queue_again(NOW + MINUTE, None)
    async with storage.unit_of_work() as work:
        await work.messages.lock(before.id)
        await work.messages.save(again)
    await saved_attempt(storage, before, before.with_schedule(before.schedule.succeed(NOW)))
    await saved_attempt(storage, before, before.with_schedule(before.schedule.give_up(NOW, "no")))
    assert await found(storage, before) == again


async def test_a_token_is_spent_once(storage: Any) -> None:
    message = a_message(Template.PASSWORD_RESET, user_id=ADA, token_digest=digest("token"))
    await stored(storage, message)

    @retry_on_conflict
    async def spend() -> bool:
        async with storage.unit_of_work() as work:
            spent: bool = await work.messages.spend_token(digest("token"))
            return spent

    assert sorted(await asyncio.gather(*(spend() for _ in range(12)))) == [False] * 11 + [True]
    current = await found(storage, message)
    assert current is not None
    assert current.token_digest is None
    assert current.has_lost_its_token


async def test_tokens_end_by_user_and_kind(storage: Any) -> None:
    reset = a_message(Template.PASSWORD_RESET, user_id=ADA, token_digest=digest("1"))
    verification = a_message(Template.VERIFY_EMAIL, user_id=ADA, token_digest=digest("2"))
    of_eve = a_message(Template.PASSWORD_RESET, user_id=EVE, token_digest=digest("3"))
    await stored(storage, reset, verification, of_eve)
    async with storage.unit_of_work() as work:
        await work.messages.end_tokens(ADA, Template.PASSWORD_RESET)
    async with storage.unit_of_work() as work:
        ended = await work.messages.get(reset.id)
        assert ended is not None
        assert ended.token_digest is None
        assert await work.messages.get(verification.id) == verification
        assert await work.messages.get(of_eve.id) == of_eve


async def test_the_messages_of_a_user_are_deleted(storage: Any) -> None:
    of_ada, of_eve, of_nobody = a_message(user_id=ADA), a_message(user_id=EVE), a_message()
    await stored(storage, of_ada, of_eve, of_nobody)
    (before, *_) = await leased(storage, 1)
    async with storage.unit_of_work() as work:
        await work.messages.forget_user(ADA)
    await saved_attempt(storage, before, before.with_schedule(before.schedule.succeed(NOW)))
    assert (await storage.messages.page(1, 9)).total == 2
    assert await found(storage, of_ada) is None


async def test_old_finished_messages_are_purged(storage: Any) -> None:
    old, queued, new = a_message(at=NOW - MINUTE), a_message(at=NOW - MINUTE), a_message()
    await stored(storage, old, queued, new)
    for message in (old, new):
        async with storage.unit_of_work() as work:
            await work.messages.lock(message.id)
            await work.messages.save(message.with_schedule(message.schedule.succeed(NOW)))
    async with storage.unit_of_work() as work:
        assert await work.messages.purge(NOW, 9) == 1
        assert await work.messages.purge(NOW, 9) == 0
    assert await found(storage, old) is None
    assert await found(storage, queued) is not None
    assert await found(storage, new) is not None


async def test_requests_are_taken_once_in_order(storage: Any) -> None:
    requests = [ResetRequest(_ids.new_id(), user, NOW) for user in (ADA, None, EVE, None)]
    for request in requests:
        async with storage.unit_of_work() as work:
            await work.reset_requests.add(request)

    @retry_on_conflict
    async def take() -> ResetRequest | None:
        async with storage.unit_of_work() as work:
            taken: ResetRequest | None = await work.reset_requests.take()
            return taken

    assert await take() == requests[0]
    rest = await asyncio.gather(*(take() for _ in range(3)))
    while (left := await take()) is not None:
        rest.append(left)
    assert {request.id for request in rest if request} == {request.id for request in requests[1:]}
    assert len([request for request in rest if request]) == 3


async def test_a_rolled_back_request_is_taken_again(storage: Any) -> None:
    request = ResetRequest(_ids.new_id(), ADA, NOW)
    async with storage.unit_of_work() as work:
        await work.reset_requests.add(request)
    async with rolled_back(storage.unit_of_work) as work:
        assert await work.reset_requests.take() == request
    async with storage.unit_of_work() as work:
        assert await work.reset_requests.take() == request
