"""A webhook sender for tests: it keeps the messages, and answers as told."""

from shop.application.ports.outbox import OutgoingMessage, SendResult


class MemoryWebhookSender:
    """See the port. `sent` has the messages that were accepted. A URL that `answers` lacks answers 200."""

    def __init__(self) -> None:
        self.sent: list[OutgoingMessage] = []
        self.attempts: list[OutgoingMessage] = []
        self.answers: dict[str, int | None] = {}
        """The status that each URL answers; None if it can't be reached."""

    async def send(self, message: OutgoingMessage) -> SendResult:
        self.attempts.append(message)
        status = self.answers.get(message.url, 200)
        if status is None:
            return SendResult("The connection failed.")
        if not 200 <= status < 300:
            return SendResult(f"The receiver answered {status}.", status)
        self.sent.append(message)
        return SendResult(None, status)
