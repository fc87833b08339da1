"""Settings of logs and traces."""

from dataclasses import dataclass

from shop.settings import values
from shop.settings.setting import setting
from shop.settings.values import LogFormat, LogLevel


@dataclass(frozen=True, kw_only=True)  # Python allows no second base with slots
class ObservationSettings:
    """Settings of logs and traces."""

    log_level: LogLevel = setting(
        "SHOP_LOG_LEVEL", "The lowest log level that is written.", values.one_of(LogLevel), "info"
    )
    log_format: LogFormat = setting(
        "SHOP_LOG_FORMAT",
        "json, console, or auto: console on a terminal, else json.",
        values.one_of(LogFormat),
        "auto",
    )
    tracing: bool = setting(
        "SHOP_TRACING",
        "Whether to send traces, by OTLP over HTTP. OpenTelemetry's environment variables "
        "(OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER, …) set the destination and the sampling.",
        values.switch,
        "off",
    )
