"""Sends mail by SMTP."""

import asyncio
import ssl
from typing import Final

from aiosmtplib import SMTP, SMTPException

from shop.adapters.mail.composing import composed, failure
from shop.application.ports.messages import Mail, MailNotAccepted
from shop.settings.mail import Sender, SmtpServer

_TIME_LIMIT_SECONDS: Final = 30.0
"""For each mail: connecting, encrypting, logging in and handing the mail over."""


class SmtpMailer:
    """See the port. Each mail gets a connection of its own, so no server state outlives a mail.

    STARTTLS is used if the server offers it. With a password, the mail is not sent unless the connection is encrypted,
    except to this machine. Certificates are verified.
    """

    def __init__(
        self,
        server: SmtpServer,
        sender: Sender,
        *,
        seconds: float = _TIME_LIMIT_SECONDS,
        tls_context: ssl.SSLContext | None = None,
    ) -> None:
        self._server = server
        self._sender = sender
        self._seconds = seconds
        self._tls_context = tls_context or ssl.create_default_context()

    async def send(self, mail: Mail) -> None:
        message = composed(mail, self._sender)
        server = self._server
        client = SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            use_tls=server.tls,
            # None: only if the server offers it.
            start_tls=False if server.tls else (True if server.requires_encryption else None),
            tls_context=self._tls_context,
            timeout=self._seconds,
            local_hostname=self._sender.address.rpartition("@")[2],
        )
        try:
            async with asyncio.timeout(self._seconds):
                await client.connect()
                await client.send_message(
                    message, sender=self._sender.address, recipients=[str(message["To"])]
                )
        except TimeoutError as error:
            raise MailNotAccepted(
                f"The mail server did not finish within {self._seconds:g} seconds."
            ) from error
        except (SMTPException, OSError, ValueError) as error:
            raise failure(error) from error
        finally:
            client.close()  # without QUIT: the server has already answered, or never will
