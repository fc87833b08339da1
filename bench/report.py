"""Prints the outcomes as a table for people, and on one line for programs."""

from collections.abc import Iterable
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from bench.contest import Outcome
from bench.samples import Figures


def show(outcomes: Iterable[Outcome], circumstances: str) -> None:
    """Print the table, then the line of JSON."""
    outcomes = list(outcomes)
    table = Table(title="The shop compared with its limits", caption=circumstances, caption_justify="left")
    table.add_column("scenario")
    table.add_column("compared with")
    for heading in ("per second", "p50 ms", "p99 ms", "ratio", "goal"):
        table.add_column(heading, justify="right")
    for outcome in outcomes:
        table.add_row(outcome.scenario.name, f"ours, {outcome.scenario.unit}", *_cells(outcome.ours), "", "")
        for limit, figures, ratio in outcome.limits:
            table.add_row("", limit.name, *_cells(figures), f"{ratio:.2f}", _verdict(ratio, limit.goal))
        table.add_section()
    Console(width=None if Console().is_terminal else 110).print(table)
    print(msgspec.json.encode({each.scenario.name: _machine_readable(each) for each in outcomes}).decode())


def _cells(figures: Figures) -> tuple[str, str, str]:
    return f"{figures.rate:,.0f}", f"{figures.p50 * 1_000:.2f}", f"{figures.p99 * 1_000:.2f}"


def _verdict(ratio: float, goal: float | None) -> str:
    return "" if goal is None else f"≥ {goal:.2f} {'met' if ratio >= goal else 'MISSED'}"


def _machine_readable(outcome: Outcome) -> dict[str, Any]:
    limits = {
        limit.name: {**_numbers(figures), "ratio": round(ratio, 3), "goal": limit.goal}
        for limit, figures, ratio in outcome.limits
    }
    return {"ours": _numbers(outcome.ours), "limits": limits}


def _numbers(figures: Figures) -> dict[str, float]:
    return {
        "rate": round(figures.rate, 1),
        "p50_ms": round(figures.p50 * 1_000, 3),
        "p99_ms": round(figures.p99 * 1_000, 3),
    }
