"""The Markdown files of this repository: their blocks of code and their links."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of code; `line` is that of its first line, counted from 1."""

    language: str
    text: str
    line: int

    @property
    def file_name(self) -> str | None:
        """What the block's first line says of the file it is."""
        named = re.match(r"# ([\w/.-]+\.\w+)\n", self.text)
        return named[1] if named else None


def markdown_files() -> list[Path]:
    """All that are in the repository, or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


def blocks_of(document: Path | str, *languages: str) -> list[Block]:
    """The document's blocks in these languages, or in all; a path is relative to the repository."""
    text = (ROOT / document).read_text(encoding="utf-8")
    found = [
        Block(match[1], match[2], text.count("\n", 0, match.start()) + 2)
        for match in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    ]
    return [block for block in found if not languages or block.language in languages]


def section_of(document: Path | str, heading: str) -> list[Block]:
    """The blocks under one heading of the second level."""
    text = (ROOT / document).read_text(encoding="utf-8")
    start = text.index(f"\n## {heading}\n")
    end = text.find("\n## ", start + 1)
    lines = text.count("\n", 0, start), text.count("\n", 0, end if end >= 0 else len(text))
    return [block for block in blocks_of(document) if lines[0] < block.line <= lines[1]]
