"""Webhooks, the addresses that they may have, and their deliveries."""

from datetime import UTC, datetime, timedelta

import pytest

from shop.domain.errors import ValidationFailed
from shop.domain.outbox.delivery import Delivery, delivery_id
from shop.domain.outbox.event import EventType
from shop.domain.outbox.schedule import DeliveryStatus
from shop.domain.outbox.webhook import MAX_URL_LENGTH, ROTATION_PERIOD, Webhook, checked_webhook, is_public

NOW = datetime(2026, 3, 14, 9, 26, tzinfo=UTC)
EVENT, WEBHOOK = "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11", "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b12"


def a_webhook(**fields: object) -> Webhook:
    values = {"url": "https://a.example", "events": ("order.*",), "active": True, "description": None}
    return Webhook(
        **{"id": WEBHOOK, "made_by": "u", "created_at": NOW, "secret": b"one", **values, **fields}  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "100.63.255.255"])
def test_public_addresses_are_allowed(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "127.1.2.3",
            "::1",
            "0.0.0.0",
            "0.1.2.3",
            "::",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
        ),
        *(
            "192.168.1.1",
            "169.254.1.1",
            "fe80::1",
            "fe80::1%eth0",
            "fc00::1",
            "fd12::1",
            "fec0::1",
            "100.64.0.1",
        ),
        *("224.0.0.1", "224.0.1.1", "239.1.1.1", "ff02::1", "ff0e::1", "255.255.255.255", "240.0.0.1"),
        *("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16"),
        *("::ffff:93.184.216.34", "::ffff:127.0.0.1", "::93.184.216.34", "::127.0.0.1", "64:ff9b::7f00:1"),
        *("64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:5db8:d822::", "2001:0:5ef5:79fb::1", "2001:db8::1"),
        *("198.18.0.1", "192.0.2.1", "203.0.113.1", "198.51.100.1", "192.88.99.1", "3fff::1"),
        *("localhost", "", "1", "0x7f.1", "127.1", "256.1.1.1"),
    ],
)
def test_other_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "https://example.com",
            "https://example.com/",
            "https://a.example/hooks?x=1&y=%20",
            "https://a_b.example",
        ),
        *(
            "https://93.184.216.34/x",
            "https://[2606:4700::1111]:8443/x",
            "https://example.com:443",
            "https://x?q",
        ),
        "https://xn--bcher-kva.example/!$&'()*+,;=:@~",
    ],
)
def test_public_https_addresses_are_taken(url: str) -> None:
    assert checked_webhook(url, ["order.*"], None, allow_private=False)[0] == url


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://example.com",
            "https://127.0.0.1/x",
            "https://[::1]",
            "https://localhost",
            "https://a.localhost.",
        ),
        *(
            "https://169.254.169.254/latest",
            "https://10.0.0.1",
            "https://127.1",
            "https://2130706433",
            "https://0",
        ),
        "https://[::ffff:93.184.216.34]/",
    ],
)
def test_private_and_plain_addresses_are_taken_only_where_they_are_allowed(url: str) -> None:
    with pytest.raises(ValidationFailed):
        checked_webhook(url, ["order.*"], None, allow_private=False)
    assert checked_webhook(url, ["order.*"], None, allow_private=True)[0] == url


@pytest.mark.parametrize(
    "url",
    [
        *(
            "ftp://example.com",
            "example.com",
            "//example.com",
            "https://",
            "https:///x",
            "https://u:p@example.com",
        ),
        *("https://u@example.com", "https://example.com#x", "https://example.com/#x", "https://exa mple.com"),
        *(
            "https://example.com/\n",
            "https://example.com:0",
            "https://example.com:65536",
            "https://example.com:x",
        ),
        *(
            "https://é.example",
            "https://example.com\\@x",
            "https://[::1",
            "",
            "https://-a.example",
            "https://..",
        ),
        "https://example.com/" + "x" * MAX_URL_LENGTH,
    ],
)
def test_invalid_addresses_are_refused(url: str) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        checked_webhook(url, ["order.*"], None, allow_private=True)
    assert refusal.value.details.keys() == {"url"}


def test_event_types_are_checked_and_kept_once() -> None:
    url = "https://a.example"
    assert checked_webhook(url, ["order.*", "order.*", "stock.low"], "", allow_private=False) == (
        url,
        ("order.*", "stock.low"),
        None,
    )
    for events in ([], ["orders.*"], ["order.*", "x"]):
        with pytest.raises(ValidationFailed) as refusal:
            checked_webhook(url, events, None, allow_private=False)
        assert refusal.value.details.keys() == {"events"}


def test_a_pattern_stands_for_all_event_types_of_its_area() -> None:
    types = a_webhook(events=("promo_code.*", "order.paid")).types
    assert types == {EventType.PROMO_CODE_EXHAUSTED, EventType.ORDER_PAID}


def test_both_secrets_sign_for_a_day() -> None:
    webhook = a_webhook()
    assert webhook.secrets_at(NOW) == (b"one",)
    rotated = webhook.rotate(b"two", NOW)
    assert rotated.version == 2
    assert rotated.secrets_at(NOW + ROTATION_PERIOD - timedelta(seconds=1)) == (b"two", b"one")
    assert rotated.secrets_at(NOW + ROTATION_PERIOD) == (b"two",)
    again = rotated.rotate(b"three", NOW + timedelta(hours=1))
    assert again.secrets_at(NOW + timedelta(hours=2)) == (b"three", b"two")


def test_only_a_change_increments_the_version() -> None:
    webhook = a_webhook()
    same = webhook.revise(url=webhook.url, events=["order.*"], active=True, description=None)
    assert same is webhook
    assert (webhook.switch_off().active, webhook.switch_off().version) == (False, 2)


def test_the_representation_of_a_webhook_hides_its_secret() -> None:
    assert "secret" not in repr(a_webhook())


def test_a_delivery_has_the_same_id_at_each_attempt() -> None:
    first = Delivery.of(EVENT, "order.paid", WEBHOOK, NOW)
    assert first.id == delivery_id(EVENT, WEBHOOK) == first.fail(NOW, "x").id
    assert first.id not in {EVENT, WEBHOOK, delivery_id(WEBHOOK, EVENT)}


def test_a_test_event_is_not_retried() -> None:
    tried = Delivery.of(EVENT, "webhook.test", WEBHOOK, NOW).fail(NOW, "refused", 500)
    assert (tried.schedule.status, tried.schedule.attempts) == (DeliveryStatus.FAILED, 1)
    assert tried.response_status == 500


def test_a_restarted_delivery_is_due_immediately() -> None:
    pending = Delivery.of(EVENT, "order.paid", WEBHOOK, NOW).fail(NOW, "refused", 500)
    later = NOW + timedelta(seconds=1)
    again = pending.restart(later)
    assert (again.schedule.due_at, again.schedule.attempts) == (later, 1)
    sent = pending.succeed(later, 204)
    once_more = sent.restart(later)
    assert (once_more.is_pending, once_more.schedule.attempts, once_more.schedule.due_at) == (True, 0, later)
