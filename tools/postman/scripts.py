"""The scripts that Postman runs: fresh names before a request, checks and variables after it."""

import json
from collections.abc import Iterator
from typing import Any

from tools.postman.recording import RecordedStep


def before(recorded: RecordedStep) -> list[str]:
    """Return the script that generates unique names before the request."""
    fresh = recorded.step.fresh
    if not fresh:
        return []
    lines = ["const now = Date.now().toString(36);"]
    return lines + [
        f"pm.environment.set({_quoted(name)}, `{beginning}-${{now}}`);" for name, beginning in fresh.items()
    ]


def after(recorded: RecordedStep) -> list[str]:
    """Return the script that checks status, schema and expected values, then stores variables for later requests."""
    step = recorded.step
    shape = recorded.operation.shape(step.status)
    lines = [f'pm.test("answers {step.status}", () => pm.response.to.have.status({step.status}));']
    if shape is None:
        lines.append('pm.test("is text", () => pm.expect(pm.response.text()).to.not.be.empty);')
        return lines
    lines.append(f"const shape = {json.dumps(shape, separators=(',', ':'))};")
    lines.append('pm.test("has the documented shape", () => pm.response.to.have.jsonSchema(shape));')
    if step.expects or any(not place.startswith("@") for place in step.keeps.values()):
        lines.append("const body = pm.response.json();")
    lines += [_expectation(place, value) for place, value in step.expects.items()]
    lines += _kept(recorded)
    return lines


def _expectation(place: str, value: Any) -> str:
    is_variable = isinstance(value, str) and "{{" in value
    wanted = f"pm.variables.replaceIn({_quoted(value)})" if is_variable else _quoted(value)
    title = _quoted(f"{place} is {value if isinstance(value, str) else json.dumps(value)}")
    return f"pm.test({title}, () => pm.expect({_reach(place)}).to.eql({wanted}));"


def _kept(recorded: RecordedStep) -> Iterator[str]:
    for variable, place in recorded.step.keeps.items():
        header = place.removeprefix("@")
        found = f"pm.response.headers.get({_quoted(header)})" if header != place else _reach(place)
        yield f"pm.environment.set({_quoted(variable)}, {found});"


def _reach(place: str) -> str:
    """Return a path such as `items.0.id` as a JavaScript expression."""
    return "body" + "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in place.split("."))


def _quoted(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
