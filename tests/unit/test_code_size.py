"""No module of the package is longer than 300 lines, and no function longer than 60."""

import ast

from tests.documents import ROOT

MAX_LINES = 300
MAX_FUNCTION_LINES = 60
LONGER = {
    "catalogue_pages_controller": "a controller whose handlers close over the pages that were rendered once"
}


def test_modules_and_functions_are_short() -> None:
    too_long = []
    for path in sorted((ROOT / "src").rglob("*.py")):
        text = path.read_text()
        if (lines := text.count("\n")) > MAX_LINES:
            too_long.append(f"{path.relative_to(ROOT)}: {lines} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name not in LONGER:
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > MAX_FUNCTION_LINES:
                    too_long.append(f"{path.relative_to(ROOT)}: {node.name} has {lines} lines")
    assert not too_long
