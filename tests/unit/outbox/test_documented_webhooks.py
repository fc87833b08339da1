"""The webhooks in the OpenAPI document: every event type has a schema and a matching example."""

from typing import Any

from shop.domain.outbox.event import EventType
from tools.api_shape import document_of

DOCUMENT = document_of()


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref")
    return DOCUMENT["components"]["schemas"][reference.rpartition("/")[2]] if reference else schema


def test_every_event_type_is_documented_with_its_data() -> None:
    assert DOCUMENT["webhooks"].keys() == {event_type.value for event_type in EventType}
    for name, path in DOCUMENT["webhooks"].items():
        operation = path["post"]
        assert [parameter["name"] for parameter in operation["parameters"]] == [
            "webhook-id",
            "webhook-timestamp",
            "webhook-signature",
        ]
        content = operation["requestBody"]["content"]["application/json"]
        event, own = map(resolved, content["schema"]["allOf"])
        example = content["example"]
        assert example["type"] == own["properties"]["type"]["const"] == name
        assert set(event["required"]) <= example.keys()
        data = resolved(own["properties"]["data"])
        assert set(data["required"]) <= example["data"].keys() <= data["properties"].keys(), name
        assert operation["x-permission"] == EventType(name).permission


def test_operation_ids_are_unique() -> None:
    ids = [path["post"]["operationId"] for path in DOCUMENT["webhooks"].values()]
    assert len(ids) == len(set(ids))
    assert "onOrderPaymentFailed" in ids


def test_examples_of_orders_show_the_new_status_and_no_secret() -> None:
    for event_type, status in (("order.paid", "paid"), ("order.cancelled", "cancelled")):
        body = DOCUMENT["webhooks"][event_type]["post"]["requestBody"]
        data = body["content"]["application/json"]["example"]["data"]
        assert data["status"] == status
        assert "clientSecret" not in data["payment"]
