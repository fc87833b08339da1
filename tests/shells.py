"""Runs the commands in a document, and compares their output with the output that the document shows."""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.documents import Block
from tests.served_shop import environment

MARK = "---- block %d ----"
ANYTHING = "…"


@dataclass(frozen=True, slots=True)
class Step:
    """A block of commands, and the blocks of output that the document shows below it."""

    commands: Block
    answers: Sequence[Block]


def steps_of(blocks: Sequence[Block], language: str = "sh") -> list[Step]:
    """Return the blocks of commands, each with the blocks of `json` and `text` that follow it."""
    steps: list[tuple[Block, list[Block]]] = []
    for block in blocks:
        if block.language == language:
            steps.append((block, []))
        elif block.language in ("json", "text") and steps:
            steps[-1][1].append(block)
    return [Step(commands, answers) for commands, answers in steps]


def run_steps(steps: Sequence[Step], folder: Path, replacing: Mapping[str, str]) -> list[str]:
    """Run all steps in one shell. Return the output of each.

    As at a prompt, the next command runs even if one fails. `replacing` has texts of the document and what to run in
    their place.
    """
    script = ["set -u"]
    for number, step in enumerate(steps):
        script += [f"echo '{MARK % number}'", step.commands.text]
    text = "\n".join(script)
    for documented, actual in replacing.items():
        text = text.replace(documented, actual)
    done = subprocess.run(
        ["bash", "-c", text],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert not done.stderr, done.stderr
    left = done.stdout
    outputs = []
    for number in range(len(steps)):
        left = left.partition(f"{MARK % number}\n")[2]
        outputs.append(left.partition(MARK % (number + 1))[0])
    return outputs


def assert_answers(step: Step, output: str) -> None:
    """Assert that the output consists of the documented answers, in order: text literally, JSON by its values."""
    left = output
    for answer in step.answers:
        place = f"line {answer.line}"
        if answer.language == "text":
            assert left.startswith(answer.text), f"{place}: {left}"
            left = left.removeprefix(answer.text)
        else:
            value, end = json.JSONDecoder().raw_decode(left.strip())
            found = list(differences(json.loads(answer.text), value))
            assert not found, f"{place}: {found}"
            left = left.strip()[end:]
    if step.answers:
        assert left.strip() == "", f"line {step.commands.line} also prints {left}"


def differences(shown: Any, actual: Any, place: str = "it") -> Iterator[str]:
    """Yield a sentence for each difference between the documented and the actual value.

    `…` stands for any value, `"…": "…"` for any further fields.
    """
    if shown == ANYTHING:
        return
    if isinstance(shown, dict) and isinstance(actual, dict):
        if missing := (shown.keys() - {ANYTHING}) - actual.keys():
            yield f"{place} has no {missing}"
        if ANYTHING not in shown and (further := actual.keys() - shown.keys()):
            yield f"{place} also has {further}"
        for name in shown.keys() & actual.keys():
            yield from differences(shown[name], actual[name], f"{place}.{name}")
    elif isinstance(shown, list) and isinstance(actual, list) and len(shown) == len(actual):
        for number, (one, other) in enumerate(zip(shown, actual, strict=True)):
            yield from differences(one, other, f"{place}.{number}")
    elif shown != actual:
        yield f"{place} is {actual!r}, not {shown!r}"
