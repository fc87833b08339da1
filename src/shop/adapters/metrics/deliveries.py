"""Metrics of deliveries: of events to webhooks, and of mails."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter

_OUTCOMES: Final = ("succeeded", "failed")


class _PrometheusDeliveries:
    """See the port."""

    def __init__(self, attempts: Counter, given_up: Counter) -> None:
        self._attempts = attempts
        self._given_up = given_up
        for outcome in _OUTCOMES:
            attempts.labels(outcome)

    def attempted(self, *, succeeded: bool) -> None:
        self._attempts.labels(_OUTCOMES[0 if succeeded else 1]).inc()

    def given_up(self) -> None:
        self._given_up.inc()


class PrometheusWebhookDeliveries(_PrometheusDeliveries):
    """Counts deliveries of events to webhooks."""

    def __init__(self, registry: CollectorRegistry) -> None:
        super().__init__(
            Counter(
                "shop_webhook_attempts",
                "Attempts to deliver an event to a webhook.",
                ["outcome"],
                registry=registry,
            ),
            Counter(
                "shop_webhook_deliveries_given_up",
                "Deliveries to webhooks that will not be attempted any more.",
                registry=registry,
            ),
        )


class PrometheusMails(_PrometheusDeliveries):
    """Counts mails."""

    def __init__(self, registry: CollectorRegistry) -> None:
        super().__init__(
            Counter(
                "shop_mail_attempts",
                "Attempts to hand a mail to the mail server.",
                ["outcome"],
                registry=registry,
            ),
            Counter(
                "shop_mails_given_up",
                "Mails that will not be attempted any more.",
                registry=registry,
            ),
        )
