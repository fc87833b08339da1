"""The outermost middleware: request id, client address, headers, access log, metrics.

Raw ASGI, since each request passes here. It wraps the whole application, so it also handles the answers that
Litestar makes outside of any route (404, 405), and failures in Litestar itself.

Counts and durations are kept in plain Python and converted to metric families on scrape: Prometheus's instruments take
a lock and look up labels several times per request, ten times the processor time of this. All updates happen on the
event loop's thread, so no locks are needed.
"""

import re
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Iterable, Iterator
from http import HTTPMethod
from time import perf_counter
from typing import Any, Final, Protocol, TypeAlias, cast
from urllib.parse import parse_qsl

import structlog
import uuid_utils
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from msgspec import UNSET
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from shop.application.framework.transactions import REQUEST_SECONDS, wait_budget
from shop.entrypoints.http.framework.client_addresses import TrustedProxies
from shop.entrypoints.http.framework.decoding import PLAIN_PATH, PLAIN_QUERY, tidied_scope
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.problems import FRAMEWORK_ERRORS, problem_response, unexpected_problem
from shop.entrypoints.http.framework.request import CONTEXT, RequestContext
from shop.entrypoints.http.framework.tracing import RequestTracer
from shop.entrypoints.http.framework.wire_names import InvalidRequest
from shop.entrypoints.logs import current_request_id, current_trace_id, log_request

_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_BUCKETS = (*map(str, _BOUNDS), "+Inf")
_LABELS = ("method", "route", "status")


ShowMetrics: TypeAlias = Callable[[], Awaitable[bytes]]
"""Returns the metrics in Prometheus's text format."""


def metrics_of(registry: CollectorRegistry) -> ShowMetrics:
    """Return a function that renders the metrics of this process."""

    async def show_metrics() -> bytes:
        return generate_latest(registry)

    return show_metrics


class _Series:
    """The requests with the same labels: how many took how long, by bucket, and their total time."""

    __slots__ = ("buckets", "seconds")

    def __init__(self) -> None:
        self.buckets = [0] * (len(_BOUNDS) + 1)
        self.seconds = 0.0


class OutcomeCounts(Protocol):
    """Counts of request outcomes."""

    def count(self, outcome: str, *, is_checkout: bool) -> None:
        """Count one response by its outcome: an error code, or the outcome of a checkout."""


class RequestMetrics(Collector):
    """`shop_http_…` for every request. It passes the outcomes of requests on to `outcomes`."""

    def __init__(self, outcomes: OutcomeCounts) -> None:
        self.restart(outcomes)

    def restart(self, outcomes: OutcomeCounts) -> None:
        """Forget all requests, and count outcomes in `outcomes` from now on."""
        self._series: dict[tuple[str, str, int], _Series] = {}
        self._outcomes = outcomes
        self.in_flight = 0

    def record(
        self,
        method: str,
        route: str,
        status: int,
        seconds: float,
        outcome: str | None,
        *,
        is_checkout: bool = False,
    ) -> None:
        """Count one finished request. `route` is a path template, so the number of series stays small.

        `outcome` is the code of the returned error, the outcome of a checkout, or None.
        """
        key = (method, route, status)
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = _Series()
        series.buckets[bisect_left(_BOUNDS, seconds)] += 1
        series.seconds += seconds
        if outcome is not None:
            self._outcomes.count(outcome, is_checkout=is_checkout)

    def collect(self) -> Iterator[Metric]:
        total = CounterMetricFamily("shop_http_requests", "Requests answered.", labels=_LABELS)
        duration = HistogramMetricFamily(
            "shop_http_request_duration_seconds", "Time from request to end of answer.", labels=_LABELS
        )
        for (method, route, status), series in self._series.items():
            labels = (method, route, str(status))
            reached, buckets = 0, []
            for bound, count in zip(_BUCKETS, series.buckets, strict=True):
                reached += count
                buckets.append((bound, reached))
            total.add_metric(labels, reached)
            duration.add_metric(labels, buckets, series.seconds)
        in_flight = GaugeMetricFamily("shop_http_requests_in_flight", "Requests being answered.")
        in_flight.add_metric((), self.in_flight)
        return iter((total, duration, in_flight))


_VALID_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,128}")
_METHODS: Final = frozenset(HTTPMethod.__members__)
_CLIENT_CLOSED_REQUEST: Final = 499
_OPEN_POLICIES: Final = (Policy.PUBLIC, Policy.OPTIONAL)
_QUIET_ROUTES: Final = frozenset({"/health/live", "/health/ready", "/metrics"})
"""Called every few seconds by machines: not logged."""

_NO_SNIFFING: Final = (b"x-content-type-options", b"nosniff")
_REVALIDATED: Final = (b"cache-control", b"no-cache")
_UNSTORED: Final = (b"cache-control", b"no-store")

_log = structlog.get_logger("shop.http")


class RequestMiddleware:
    """The middleware. `metrics` records each request; forwarding headers are trusted only from `proxies`.

    `tracer` creates a span for each request, except for the probes that machines send every few seconds.
    """

    def __init__(
        self,
        app: ASGIApp,
        metrics: RequestMetrics,
        proxies: TrustedProxies | None,
        tracer: RequestTracer | None = None,
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._proxies = proxies
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        asked_method = scope["method"]
        if asked_method == "HEAD":  # handled as GET, without the body
            scope = cast("HTTPScope", {**scope, "method": "GET"})
        respond = self._app
        if not (PLAIN_PATH.fullmatch(scope["path"]) and PLAIN_QUERY.fullmatch(scope["query_string"])):
            scope = tidied_scope(scope)
            respond = _refuse_nul if _contains_nul(scope) else respond
        context = self._open_context(scope)
        answer = _Answer(scope, context.request_id, send, without_body=asked_method == "HEAD")
        span = None
        if self._tracer is not None and scope["path"] not in _QUIET_ROUTES:
            span = self._tracer.begin(scope["headers"])
            current_trace_id.set(span.trace_id)
        self._metrics.in_flight += 1
        try:
            with wait_budget(REQUEST_SECONDS):
                await respond(scope, receive, answer.send)
        except Exception as error:
            if answer.status is not None:
                _log.error("answer broken off", exc_info=error)
                raise
            await unexpected_problem(scope, error).to_asgi_response(None, None)(scope, receive, answer.send)
        finally:
            self._metrics.in_flight -= 1
            seconds = perf_counter() - started
            status = answer.status or _CLIENT_CLOSED_REQUEST
            method = asked_method if asked_method in _METHODS else "other"
            route = scope.get("path_template") or "unmatched"
            self._metrics.record(
                method, route, status, seconds, context.outcome, is_checkout=_is_checkout(scope)
            )
            if route not in _QUIET_ROUTES:
                trace_id = UNSET if span is None else span.trace_id
                log_request(
                    context.request_id, method, route, status, seconds, context.client_address, trace_id
                )
            if span is not None:
                span.end(method, route, status, context.request_id)
                current_trace_id.set(None)

    def _open_context(self, scope: Scope) -> RequestContext:
        headers = scope["headers"]
        request_id = request_id_of(headers)
        peer = scope.get("client")
        address = peer[0] if peer else "unknown"
        secure = scope.get("scheme") == "https"  # optional in ASGI
        if self._proxies is not None:
            forwarded_for = [value for name, value in headers if name == b"x-forwarded-for"]
            protocols = [value for name, value in headers if name == b"x-forwarded-proto"]
            secure = secure or self._proxies.say_https(address, protocols)
            address = self._proxies.client_address(address, forwarded_for)
        context = RequestContext(request_id, address, secure=secure)
        scope["state"][CONTEXT] = context
        current_request_id.set(request_id)
        return context


def request_id_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Return the client's `X-Request-Id` if it is well-formed, else a new id."""
    request_id = None
    for name, value in headers:
        if name == b"x-request-id" and _VALID_REQUEST_ID.fullmatch(value):
            request_id = value.decode("ascii")
    return request_id if request_id is not None else str(uuid_utils.uuid7())


def _is_checkout(scope: Scope) -> bool:
    """Return whether the route declares that it places orders (`checkout=True`)."""
    handler = cast("dict[str, Any]", scope).get("route_handler")
    return handler is not None and handler.opt.get("checkout") is True


def _contains_nul(scope: HTTPScope) -> bool:
    query = scope["query_string"]
    return "\x00" in scope["path"] or b"%00" in query or b"\x00" in query


async def _refuse_nul(scope: Scope, receive: Receive, send: Send) -> None:
    """Reject a request whose URL contains a NUL character: no resource name has one."""
    if "\x00" in scope["path"]:
        response = problem_response(404, *FRAMEWORK_ERRORS[404])
    else:
        parameters = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        names = [name.replace("\x00", "\\u0000") for name, value in parameters if "\x00" in name + value]
        invalid = InvalidRequest(dict.fromkeys(names, "must not contain NUL characters"))
        response = problem_response(400, invalid.code, invalid.message, invalid.details)
    await response.to_asgi_response(None, None)(scope, receive, send)


class _Answer:
    """Adds the common headers to a response as it is sent, and records its status."""

    __slots__ = ("_request_id", "_scope", "_send", "_without_body", "status")

    def __init__(self, scope: Scope, request_id: str, send: Send, *, without_body: bool) -> None:
        self._scope = scope
        self._request_id = request_id
        self._send = send
        self._without_body = without_body
        self.status: int | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [*message["headers"], (b"x-request-id", self._request_id.encode()), _NO_SNIFFING]
            for name, _ in headers:
                if name == b"cache-control":
                    break
            else:
                headers.append(_default_cache_control(self._scope))
            message["headers"] = headers
        elif self._without_body and message["type"] == "http.response.body":
            message["body"] = b""
        await self._send(message)


def _default_cache_control(scope: Scope) -> tuple[bytes, bytes]:
    """Return the default `Cache-Control`: public answers may be cached but revalidated; private ones may not."""
    handler = cast("dict[str, Any]", scope).get("route_handler")
    if handler is not None and handler.opt.get("policy") in _OPEN_POLICIES and scope["method"] == "GET":  # type: ignore[typeddict-item]
        return _REVALIDATED
    return _UNSTORED
