"""The Markdown files of this repository: their blocks of code and their links."""

import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Final

ROOT: Final = Path(__file__).parents[1]
_FENCED: Final = re.compile(r"^( *)```.*?^\1```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of code; `line` is the number of its first line, counted from 1."""

    language: str
    text: str
    line: int

    @property
    def file_name(self) -> str | None:
        """What the block's first line says of the file it is."""
        named = re.match(r"# ([\w/.-]+\.\w+)\n", self.text)
        return named[1] if named else None


def markdown_files() -> list[Path]:
    """All of this repository's own."""
    folders = (
        ROOT / name for name in ("bench", "deploy", "docker", "docs", "migrations", "src", "tests", "tools")
    )
    return sorted([*ROOT.glob("*.md"), *(file for folder in folders for file in folder.rglob("*.md"))])


def blocks_of(document: Path | str, *languages: str) -> list[Block]:
    """The document's blocks in these languages, or in all; a path is relative to the repository."""
    text = (ROOT / document).read_text(encoding="utf-8")
    found = [
        Block(match[2], dedent(match[3]), text.count("\n", 0, match.start()) + 2)
        for match in re.finditer(r"^( *)```(\w*)\n(.*?)^\1```$", text, re.DOTALL | re.MULTILINE)
    ]
    return [block for block in found if not languages or block.language in languages]


def section_of(document: Path | str, heading: str, *languages: str) -> list[Block]:
    """The blocks under a heading, in these languages or in all."""
    text = (ROOT / document).read_text(encoding="utf-8")
    start, end = _extent(text, heading)
    lines = text.count("\n", 0, start), text.count("\n", 0, end)
    return [block for block in blocks_of(document, *languages) if lines[0] < block.line <= lines[1]]


def text_of(document: Path | str, heading: str) -> str:
    """What is under a heading."""
    text = (ROOT / document).read_text(encoding="utf-8")
    start, end = _extent(text, heading)
    return text[start:end]


def _extent(text: str, heading: str) -> tuple[int, int]:
    """From a heading to the next of its rank or above; what looks like one in a block of code is none."""
    text = _FENCED.sub(lambda block: re.sub(r"\S", ".", block[0]), text)
    found = re.search(rf"^(#+) {re.escape(heading)}$", text, re.MULTILINE)
    assert found is not None, heading
    following = re.compile(rf"^#{{1,{len(found[1])}}} ", re.MULTILINE).search(text, found.end())
    return found.end(), following.start() if following else len(text)


def links_of(document: Path) -> list[str]:
    """Where its links and pictures lead, those to other hosts left out."""
    text = re.sub(r"`[^`\n]*`", "", _FENCED.sub("", document.read_text(encoding="utf-8")))
    links = re.findall(r"\]\(([^()\s]+)\)", text)
    return [link for link in links if not re.match(r"[a-z]+:", link)]


def anchors_of(document: Path) -> set[str]:
    """Of its headings, as GitHub makes them."""
    if document.suffix != ".md":
        return set()
    text = _FENCED.sub("", document.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
