"""Responses to requests that never reach the application, in the API's error format."""

from enum import Enum
from http import HTTPStatus

from shop.entrypoints.http.framework.problems import problem_body


class Refusal(Enum):
    """The reason why the server closes a connection: status, error code and message; None closes without an answer.

    The lower-case name is the label `reason` of `shop_http_refusals_total`.
    """

    MALFORMED = (400, "BAD_REQUEST", "The request is not valid HTTP.")
    HEAD_TIMEOUT = (408, "REQUEST_TIMEOUT", "The request line and headers took too long to arrive.")
    BODY_TIMEOUT = (408, "REQUEST_TIMEOUT", "The body took too long to arrive.")
    TARGET_TOO_LONG = (414, "URI_TOO_LONG", "The address is longer than 8 KiB.")
    HEAD_TOO_LARGE = (431, "HEADERS_TOO_LARGE", "The request line and headers are larger than 32 KiB.")
    TOO_MANY_HEADERS = (431, "HEADERS_TOO_LARGE", "The request has more than 100 headers.")
    NO_CAPACITY = (503, "UNAVAILABLE", "The server has as many connections as it can keep. Try again.")
    EVICTED = None
    """The connection had waited longest for a request when another one needed its slot."""

    @property
    def reason(self) -> str:
        return self.name.lower()

    def answer(self, request_id: str, default_headers: list[tuple[bytes, bytes]]) -> bytes:
        """Return the complete response, after which the connection is closed."""
        status, code, message = self.value
        details = {"requestId": request_id} if status >= 500 else None
        body = problem_body(code, message, details)
        headers = [
            *default_headers,
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            (b"x-request-id", request_id.encode()),
            (b"connection", b"close"),
        ]
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            headers.append((b"retry-after", b"1"))
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()]
        lines += [name + b": " + value for name, value in headers]
        return b"\r\n".join([*lines, b"", body])
