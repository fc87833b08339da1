"""Commands from the documents, for tests that run what readers would."""

import re
from pathlib import Path

OPERATIONS = (Path(__file__).parents[1] / "docs" / "operations.md").read_text(encoding="utf-8")


def section(title: str, text: str = OPERATIONS) -> str:
    """What is under this heading, up to the next of its rank or above."""
    found = re.search(rf"^(#+) {re.escape(title)}$", text, re.MULTILINE)
    assert found is not None, title
    rest = text[found.end() :]
    end = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def commands(title: str, language: str = "bash") -> list[str]:
    """The blocks of code under a heading."""
    return re.findall(rf"^```{language}\n(.*?)^```$", section(title), re.DOTALL | re.MULTILINE)
