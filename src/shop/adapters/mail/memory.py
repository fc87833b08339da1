"""Keeps mail in memory, for tests."""

from shop.adapters.mail.composing import composed
from shop.application.ports.messages import Mail, MailNotAccepted
from shop.settings.mail import Sender


class MemoryMailer:
    """See the port. `sent` has every accepted mail, the oldest first. Without `reachable`, no mail is accepted."""

    def __init__(self, sender: Sender) -> None:
        self.sent: list[Mail] = []
        self.reachable = True
        self._sender = sender

    async def send(self, mail: Mail) -> None:
        composed(mail, self._sender)
        if not self.reachable:
            raise MailNotAccepted("The mail server can't be reached.")
        self.sent.append(mail)
