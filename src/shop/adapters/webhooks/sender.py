"""Sends messages over HTTP to URLs that others chose, without reaching into private networks.

The host's name is looked up once: the address that was checked is the one that is connected to, so a name that leads
to another address a moment later (DNS rebinding) gains nothing. Each message gets its own connection.
"""

import asyncio
import ssl
from importlib.metadata import version
from typing import Final

import httpx

from shop.adapters.webhooks.lookups import Lookups, Resolve
from shop.adapters.webhooks.signatures import signature_headers
from shop.application.ports.outbox import OutgoingMessage, SendResult
from shop.domain.outbox.delivery import ATTEMPT_BUDGET
from shop.domain.outbox.webhook import is_public

MAX_ANSWER_BYTES: Final = 64 * 1024
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


class _Refused(Exception):
    """The message must not be sent; the text says why."""


class HttpWebhookSender:
    """See the port."""

    def __init__(
        self,
        *,
        allow_private: bool,
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
        budget: float = ATTEMPT_BUDGET.total_seconds(),
    ) -> None:
        self._allow_private = allow_private
        self._resolve = resolve or Lookups()
        self._tls = tls
        self._budget = budget

    async def send(self, message: OutgoingMessage) -> SendResult:
        status: int | None = None
        try:
            async with asyncio.timeout(self._budget):
                url, host = await self._checked_address(message.url)
                async with (
                    self._client() as client,
                    client.stream(
                        "POST",
                        url,
                        content=message.body,
                        headers=self._headers(message, host),
                        extensions={"sni_hostname": url_host(host)},
                    ) as response,
                ):
                    status = response.status_code
                    await _discard(response)
        except TimeoutError:
            if status is None:
                return SendResult(f"No answer within {self._budget:g} seconds.")
        except _Refused as refusal:
            return SendResult(str(refusal))
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, ValueError) as error:
            if status is None:
                return SendResult(f"The connection failed: {str(error) or type(error).__name__}")
        except OSError as error:
            return SendResult(f"The host can't be found: {error.strerror or error}")
        assert status is not None
        return SendResult(None if 200 <= status < 300 else f"The receiver answered {status}.", status)

    async def _checked_address(self, text: str) -> tuple[httpx.URL, httpx.URL]:
        """Return the URL with an IP address that may be connected to as its host, and the original URL."""
        url = httpx.URL(text)
        if url.scheme != "https" and not self._allow_private:
            raise _Refused("Events are sent to https addresses only.")
        addresses = await self._resolve(url.host, url.port or _DEFAULT_PORTS[url.scheme])
        allowed = [each for each in addresses if self._allow_private or is_public(each)]
        if not allowed:
            raise _Refused("The host has no public address.")
        return url.copy_with(host=allowed[0]), url

    def _client(self) -> httpx.AsyncClient:
        if self._tls is None:  # loading the certificates is slow: only once, with the first message
            self._tls = httpx.create_ssl_context()
        return httpx.AsyncClient(
            verify=self._tls,
            trust_env=False,
            follow_redirects=False,
            http2=False,
            timeout=None,  # noqa: S113 (httpx's limits are per operation: one limit holds for everything)
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=0),
        )

    @staticmethod
    def _headers(message: OutgoingMessage, url: httpx.URL) -> dict[str, str]:
        return {
            "Host": url.netloc.decode("ascii"),
            "Content-Type": "application/json",
            "User-Agent": f"shop/{version('shop')} (webhooks)",
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            **signature_headers(message.message_id, message.at, message.body, message.secrets),
        }


def url_host(url: httpx.URL) -> str:
    """Return the name against which the receiver's certificate is verified."""
    return url.raw_host.decode("ascii").rstrip(".")


async def _discard(response: httpx.Response) -> None:
    """Read the answer, so that the receiver can finish it, but stop after MAX_ANSWER_BYTES."""
    size = 0
    async for chunk in response.aiter_raw():
        size += len(chunk)
        if size > MAX_ANSWER_BYTES:
            return
