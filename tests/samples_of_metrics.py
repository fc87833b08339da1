"""Reads Prometheus' text format."""

import httpx
from prometheus_client.parser import text_string_to_metric_families


class Metrics:
    """The samples of one answer of `/metrics`."""

    def __init__(self, text: str) -> None:
        self.families = {family.name: family for family in text_string_to_metric_families(text)}
        self.samples = [sample for family in self.families.values() for sample in family.samples]

    def __call__(self, name: str, **labels: str) -> float:
        """Return the sum of the samples that have this name and all these labels."""
        return sum(
            sample.value
            for sample in self.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def by(self, label: str, name: str, **labels: str) -> dict[str, float]:
        """Return the sums of these samples by the values of a label, without zeros."""
        found: dict[str, float] = {}
        for sample in self.samples:
            if sample.name == name and labels.items() <= sample.labels.items() and sample.value:
                found[sample.labels[label]] = found.get(sample.labels[label], 0) + sample.value
        return found


async def metrics_of(client: httpx.AsyncClient) -> Metrics:
    answer = await client.get("/metrics")
    assert answer.status_code == 200, answer.text
    return Metrics(answer.text)
