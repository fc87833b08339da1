"""The table of permissions in docs/staff.md, derived from the API's OpenAPI document.

    .venv/bin/python -m tools.permissions_table

writes it into the page, between the lines that mark it.
"""

from collections import defaultdict
from typing import Final

from shop.domain.accounts.permissions import Permission
from tests.documents import ROOT
from tools.api_shape import document_of

PAGE: Final = ROOT / "docs" / "staff.md"
BEGIN: Final = "<!-- made by tools.permissions_table -->\n"
END: Final = "<!-- end -->\n"


def table() -> str:
    """Return the table of the permissions and the operations that need them, in Markdown."""
    operations: dict[str, list[str]] = defaultdict(list)
    for path, methods in document_of()["paths"].items():
        for method, operation in methods.items():
            for permission in (operation.get("x-permission"), *operation.get("x-permission-or", [])):
                if permission is not None:
                    operations[permission].append(f"`{method.upper()} {path}`")
    rows = [
        f"| `{permission}` | {'<br>'.join(sorted(operations[permission])) or 'nothing yet'} |"
        for permission in Permission
    ]
    return "\n".join(["| Permission | Needed by |", "|---|---|", *rows, ""])


def page_with_table(page: str) -> str:
    """Return the page with the current table in place of its old one."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table()}{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page_with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
