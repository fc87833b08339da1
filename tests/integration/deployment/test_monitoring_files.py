"""The files in `deploy/monitoring/` fit the shop: every metric and label exists, and every alert is tested."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import ProcessCollector

from shop.adapters.metrics.pools import PoolMetrics
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.migrations import upgrade
from shop.adapters.sql.storage import SqlStorage
from shop.domain.errors import ShopError
from shop.entrypoints.server.connections import Connections, Limits
from shop.entrypoints.server.process_metrics import COMBINED_GAUGES
from shop.entrypoints.worker import worker_of
from tests.documents import ROOT
from tests.promtool import promtool
from tests.samples_of_metrics import Metrics, metrics_of
from tests.stripe_shop import stripe_shop

FOLDER = ROOT / "deploy" / "monitoring"
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
RULES: dict[str, dict[str, Any]] = {
    rule["alert"]: rule
    for group in yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"]
    for rule in group["rules"]
}
ALERT_TESTS = yaml.safe_load((FOLDER / "alerts.test.yaml").read_text())["tests"]
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
METRICS_OF_PROMETHEUS = {"up": {"job", "instance"}}
LABELS_OF_TARGETS = {"job", "instance"}
KEYWORDS = {
    "by",
    "without",
    "and",
    "or",
    "unless",
    "on",
    "ignoring",
    "group_left",
    "group_right",
    "bool",
    "offset",
}
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"')
_SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)?\s*\{([^}]*)\}")
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_NAME = re.compile(r"[a-zA-Z_:][\w:]*\b(?!\s*\()")


def expressions() -> Iterator[tuple[str, str]]:
    """Yield the alert or panel, and its PromQL expression."""
    for name, rule in RULES.items():
        yield name, rule["expr"]
    for panel in PANELS:
        for target in panel["targets"]:
            expression = target["expr"].replace("$__rate_interval", "5m").replace("$instance", ".*")
            yield panel["title"], expression


def selected(expression: str) -> dict[str, set[str]]:
    """Return the metrics of an expression with the labels that it selects. Labels to group by are of every metric."""
    text = re.sub(r"\[[^]]*\]", "", _STRINGS.sub("", expression))
    grouped = {label.strip() for labels in _GROUPING.findall(text) for label in labels.split(",")}
    found: dict[str, set[str]] = {}
    for name, matchers in _SELECTOR.findall(text):
        asked = {re.split(r"[=!~]", matcher)[0].strip() for matcher in matchers.split(",")}
        found.setdefault(name, set()).update(asked)
    rest = _SELECTOR.sub(" ", _GROUPING.sub(" ", text))
    for name in _NAME.findall(rest):
        if name not in KEYWORDS:
            found.setdefault(name, set())
    return {name: labels | grouped for name, labels in found.items()}


@pytest.fixture(scope="module")
async def shown(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Metrics]:
    """The metrics of a shop on SQLite with Stripe after a paid order and one run of each of the worker's jobs."""
    file = tmp_path_factory.mktemp("monitored") / "shop.db"
    await asyncio.to_thread(upgrade, f"sqlite:///{file}")
    storage = SqlStorage(Database(f"sqlite:///{file}"))
    async with stripe_shop(storage) as shop:
        registry = shop.shop.container.registry
        registry.register(PoolMetrics(storage.database))
        registry.register(Connections(Limits()))
        ProcessCollector(registry=registry)
        worker = worker_of(shop.shop.container)
        await shop.paid_order()
        for job in worker._jobs:
            await worker._run(job)
        yield await metrics_of(shop.shop.client)
    await storage.close()


@pytest.mark.anyio
async def test_every_gauge_states_how_processes_are_combined(shown: Metrics) -> None:
    """If a new gauge fails here, add to `COMBINED_GAUGES` how the values of several processes become one."""
    assert {family.name for family in shown.families.values() if family.type == "gauge"} <= set(
        COMBINED_GAUGES
    )


def labels_of(metrics: Metrics) -> dict[str, set[str]]:
    labels: dict[str, set[str]] = {}
    for sample in metrics.samples:
        labels.setdefault(sample.name, set()).update(sample.labels)
    return labels


@pytest.mark.anyio
async def test_every_queried_metric_and_label_exists(shown: Metrics) -> None:
    known = {**labels_of(shown), **METRICS_OF_PROMETHEUS}
    found = {name for _, expression in expressions() for name in selected(expression)}
    assert len(found) > 20
    for where, expression in expressions():
        for name, labels in selected(expression).items():
            assert name in known, where
            assert labels <= known[name] | LABELS_OF_TARGETS, (where, name)


@pytest.mark.anyio
async def test_the_operations_page_lists_every_metric_with_its_type_and_labels(shown: Metrics) -> None:
    rows = re.findall(r"^\| `(shop_\w+)` \| (\w+) \| ([^|]*)\|", OPERATIONS, re.MULTILINE)
    listed = {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}
    expected = {}
    for family in shown.families.values():
        if family.name.startswith("shop_"):
            name = f"{family.name}_total" if family.type == "counter" else family.name
            labels = {label for sample in family.samples for label in sample.labels} - {"le"}
            expected[name] = (family.type, labels)
    assert listed == expected


def codes(kind: type[ShopError] = ShopError) -> set[str]:
    return {kind.code.lower(), *(code for each in kind.__subclasses__() for code in codes(each))}


def test_every_queried_checkout_outcome_exists() -> None:
    successes_and_faults = {"placed", "placed_without_payment", "replayed", "internal_error"}
    asked = {
        outcome
        for _, expression in expressions()
        for pattern in re.findall(r'shop_checkouts_total\{[^}]*outcome=~?"([^"]*)"', expression)
        for outcome in pattern.split("|")
    }
    assert asked <= successes_and_faults | codes()
    assert "placed" in asked


@pytest.mark.parametrize("name", RULES)
def test_every_alert_has_a_summary_and_a_runbook(name: str) -> None:
    rule = RULES[name]
    assert rule["labels"].keys() == {"severity"}
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert rule["annotations"].keys() == {"summary", "runbook"}
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert page == "docs/operations.md"
    assert f"### {name}\n" in OPERATIONS
    assert anchor == name.lower()


def test_every_alert_and_no_other_has_a_runbook_section() -> None:
    alerts = OPERATIONS.partition("\n## Alerts\n")[2].partition("\n## ")[0]
    assert re.findall(r"^### (\w+)$", alerts, re.MULTILINE) == list(RULES)


def test_every_alert_has_a_test_that_fires_it_and_one_that_does_not() -> None:
    tests = [test for case in ALERT_TESTS for test in case["alert_rule_test"]]
    assert {test["alertname"] for test in tests if test.get("exp_alerts")} == set(RULES)
    quiet = [test["alertname"] for test in ALERT_TESTS[0]["alert_rule_test"] if "exp_alerts" not in test]
    assert quiet == list(RULES)


def test_the_operations_page_runs_the_tests_of_alerts() -> None:
    assert "\npromtool test rules deploy/monitoring/alerts.test.yaml\n" in OPERATIONS


def test_every_series_in_the_tests_of_alerts_is_used_by_an_alert() -> None:
    used = {name for rule in RULES.values() for name in selected(rule["expr"])}
    for case in ALERT_TESTS:
        for series in case["input_series"]:
            assert re.split(r"[{]", series["series"])[0] in used


@pytest.mark.parametrize("command", re.findall(r"^promtool (.*)$", OPERATIONS, re.MULTILINE))
def test_promtool_commands_of_the_operations_page_succeed(command: str) -> None:
    printed = promtool(*command.split(), directory=ROOT)
    assert "SUCCESS" in printed


def test_every_query_of_the_dashboard_is_promql(tmp_path: Path) -> None:
    rules = [
        {"record": f"q{number}", "expr": expression} for number, (_, expression) in enumerate(expressions())
    ]
    (tmp_path / "queries.yaml").write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": rules}]}))
    promtool("check", "rules", "--lint=none", "queries.yaml", directory=tmp_path)


def test_the_panels_of_the_dashboard_are_consistent() -> None:
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    titles = [panel["title"] for panel in PANELS]
    assert len(set(titles)) == len(titles)
    names = {variable["name"] for variable in DASHBOARD["templating"]["list"]}
    variables = set(re.findall(r"\$\{?([a-z]\w*)", json.dumps(DASHBOARD)))
    assert variables == names
    places = [
        (x, y)
        for at in (panel["gridPos"] for panel in DASHBOARD["panels"])
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(set(places)) == len(places), "panels overlap"
    assert max(x for x, _ in places) < 24
    for panel in PANELS:
        assert panel["description"]
        assert panel["fieldConfig"]["defaults"]["unit"]
        for target in panel["targets"]:
            used = {label for labels in selected(target["expr"]).values() for label in labels}
            assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= used, panel["title"]


def test_prometheus_scrapes_the_services_of_compose() -> None:
    compose = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())["services"]
    scraped = yaml.safe_load((FOLDER / "prometheus.yaml").read_text())["scrape_configs"]
    targets = {target for job in scraped for static in job["static_configs"] for target in static["targets"]}
    port = compose["worker"]["environment"]["SHOP_WORKER_METRICS_PORT"]
    serving = {
        f"{name}:{service['environment']['SHOP_METRICS_PORT']}"
        for name, service in compose.items()
        if name.startswith("shop-")
    }
    assert targets == serving | {f"worker:{port}"}
    asked = {job for rule in RULES.values() for job in re.findall(r'\bjob="([^"]+)"', rule["expr"])}
    assert asked
    assert asked <= {job["job_name"] for job in scraped}
