"""What a crawler reads in a page without running a script."""

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx

HOME = "https://shop.example"


@dataclass
class Crawled:
    """What a crawler reads in a page."""

    title: str = ""
    texts: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    """The texts of links by address."""
    pictures: list[dict[str, str | None]] = field(default_factory=list)
    metas: dict[str, str] = field(default_factory=dict)
    canonical: str | None = None
    scripts: list[dict[str, str | None]] = field(default_factory=list)
    data: list[dict[str, Any]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def of_type(self, name: str) -> dict[str, Any]:
        (found,) = (entry for entry in self.data if entry["@type"] == name)
        return found


class Crawler(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.read = Crawled()
        self._inside: list[str] = []
        self._link = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self._inside.append(tag)
        if tag == "a":
            self._link = attributes.get("href") or ""
        elif tag == "img":
            self.read.pictures.append(attributes)
        elif tag == "meta":
            self.read.metas[attributes.get("name") or attributes.get("property") or ""] = (
                attributes.get("content") or ""
            )
        elif tag == "link" and attributes.get("rel") == "canonical":
            self.read.canonical = attributes["href"]
        elif tag == "script":
            self.read.scripts.append(attributes)

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "script" in self._inside:
            self.read.data.append(json.loads(data))
        elif "title" in self._inside:
            self.read.title += data
        elif "main" in self._inside:
            self.read.texts.append(data)
            if "a" in self._inside:
                self.read.links[self._link] = self.read.links.get(self._link, "") + data


def crawled(answer: httpx.Response) -> Crawled:
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    crawler = Crawler()
    crawler.feed(answer.text)
    crawler.close()
    return crawler.read
