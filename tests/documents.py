"""The repository's Markdown files: their code blocks, links and headings."""

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
        """Return the file name that the block's first line states (`# name.py`); None without one."""
        named = re.match(r"# ([\w/.-]+\.\w+)\n", self.text)
        return named[1] if named else None


def markdown_files() -> list[Path]:
    """Return all Markdown files that belong to the repository, sorted."""
    folders = (
        ROOT / name for name in ("bench", "deploy", "docker", "docs", "migrations", "src", "tests", "tools")
    )
    return sorted([*ROOT.glob("*.md"), *(file for folder in folders for file in folder.rglob("*.md"))])


def blocks_of(document: Path | str, *languages: str) -> list[Block]:
    """Return the document's blocks in these languages, or in any; a path is relative to the repository."""
    text = (ROOT / document).read_text(encoding="utf-8")
    found = [
        Block(match[2], dedent(match[3]), text.count("\n", 0, match.start()) + 2)
        for match in re.finditer(r"^( *)```(\w*)\n(.*?)^\1```$", text, re.DOTALL | re.MULTILINE)
    ]
    return [block for block in found if not languages or block.language in languages]


def section_of(document: Path | str, heading: str, *languages: str) -> list[Block]:
    """Return the blocks under a heading, in these languages or in any."""
    text = (ROOT / document).read_text(encoding="utf-8")
    start, end = _extent(text, heading)
    lines = text.count("\n", 0, start), text.count("\n", 0, end)
    return [block for block in blocks_of(document, *languages) if lines[0] < block.line <= lines[1]]


def text_of(document: Path | str, heading: str) -> str:
    """Return the text under a heading."""
    text = (ROOT / document).read_text(encoding="utf-8")
    start, end = _extent(text, heading)
    return text[start:end]


def _extent(text: str, heading: str) -> tuple[int, int]:
    """Return the positions from the end of a heading to the next heading of its level or above, outside code blocks."""
    text = _FENCED.sub(lambda block: re.sub(r"\S", ".", block[0]), text)
    found = re.search(rf"^(#+) {re.escape(heading)}$", text, re.MULTILINE)
    assert found is not None, heading
    following = re.compile(rf"^#{{1,{len(found[1])}}} ", re.MULTILINE).search(text, found.end())
    return found.end(), following.start() if following else len(text)


def links_of(document: Path) -> list[str]:
    """Return the targets of the document's links and pictures, except those with a scheme (`https:`, `mailto:`)."""
    text = re.sub(r"`[^`\n]*`", "", _FENCED.sub("", document.read_text(encoding="utf-8")))
    links = re.findall(r"\]\(([^()\s]+)\)", text)
    return [link for link in links if not re.match(r"[a-z]+:", link)]


def anchors_of(document: Path) -> set[str]:
    """Return the anchors of the document's headings, as GitHub makes them."""
    if document.suffix != ".md":
        return set()
    text = _FENCED.sub("", document.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
