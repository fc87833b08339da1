"""Finds a view's scripts and all their imports, so that the browser loads them all at once."""

import posixpath
import re
from collections.abc import Mapping
from typing import Final

from shop.entrypoints.web.assets import Asset, Assets

STOREFRONT: Final = "storefront"
ADMIN: Final = "admin"
_IMPORT: Final = re.compile(r'^import [^;]*?"(\.[^"]+)";$', re.MULTILINE)
"""A static import. In the shop's scripts, it begins a line, and its path is relative."""


def with_imports(files: Mapping[str, Asset], *scripts: str) -> list[str]:
    """Return the paths of the scripts and of all that they import, directly or not: nearest first, each once."""
    found = dict.fromkeys(scripts)
    waiting = list(scripts)
    while waiting:
        script = waiting.pop(0)
        for name in _IMPORT.findall(files[script].body.decode()):
            path = posixpath.normpath(f"{posixpath.dirname(script)}/{name}")
            if path not in found:
                found[path] = None
                waiting.append(path)
    return list(found)


def script_tags(assets: Assets, page: str, view: str, *, urgent: bool) -> str:
    """Return the tags that load the scripts of a page and of one of its views, such as the storefront's "cartpage.js".

    `urgent` scripts draw the page; others enhance a page that is already drawn, and load after its pictures.
    """
    priority = "" if urgent else ' fetchpriority="low"'
    main, *others = with_imports(assets.files, f"{page}/main.js", f"{page}/{view}")
    tags = [f'<link rel="modulepreload"{priority} href="{assets.base}/{path}">' for path in others]
    return "\n".join([*tags, f'<script type="module"{priority} src="{assets.base}/{main}"></script>'])
