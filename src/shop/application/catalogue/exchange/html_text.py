"""HTML descriptions as plain text with line breaks."""

import re
from html.parser import HTMLParser
from typing import Final

_BLOCKS: Final = frozenset(
    (
        *(
            "address",
            "article",
            "aside",
            "blockquote",
            "dd",
            "div",
            "dl",
            "dt",
            "fieldset",
            "figcaption",
            "figure",
        ),
        *(
            "footer",
            "form",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "header",
            "hr",
            "li",
            "main",
            "nav",
            "ol",
            "p",
        ),
        *("pre", "section", "table", "tr", "ul"),
    )
)
_SPACED: Final = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote"))
"""Blocks with an empty line around them."""
_HIDDEN: Final = frozenset(("script", "style", "template", "noscript", "iframe", "title", "head"))
_TAG: Final = re.compile(r"<[a-zA-Z/!]")
_SPACES: Final = re.compile(r"[^\S\xa0]+")
_BLANK_LINES: Final = re.compile(r"\n{3,}")


def plain_text(html: str) -> str:
    """Return the text that a browser would show, with a line break for each block and `<br>`.

    A text without tags keeps its line breaks.
    """
    reader = _Reader(keeps_breaks=not _TAG.search(html))
    reader.feed(html)
    reader.close()
    lines = [line.strip() for line in "".join(reader.parts).replace("\xa0", " ").split("\n")]
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    def __init__(self, *, keeps_breaks: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._keeps_breaks = keeps_breaks
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in _HIDDEN:
            self._hidden.append(tag)
        elif tag == "br":
            self.parts.append("\n")
        else:
            self._break(tag)
            if tag == "li":
                self.parts.append("- ")
            elif tag in {"td", "th"} and self.parts and not self.parts[-1].endswith("\n"):
                self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._hidden:
            del self._hidden[self._hidden.index(tag) :]
        else:
            self._break(tag)

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        text = data if self._keeps_breaks else _SPACES.sub(" ", data)
        if text == " " and (not self.parts or self.parts[-1].endswith("\n")):
            return
        self.parts.append(text)

    def _break(self, tag: str) -> None:
        """Begin a new line, or a new paragraph, unless one has begun."""
        if tag in _BLOCKS and self.parts:
            wanted = "\n\n" if tag in _SPACED else "\n"
            ended = "".join(self.parts[-3:])
            missing = len(wanted) - (len(ended) - len(ended.rstrip("\n")))
            if missing > 0:
                self.parts.append("\n" * missing)
