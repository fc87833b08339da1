"""Migrations do not change with the shop's code."""

import ast

import pytest

from shop.adapters.sql.framework.migrations import migrations_folder

MIGRATIONS = sorted(migrations_folder().glob("versions/*.py"))


@pytest.mark.parametrize("migration", [path.name for path in MIGRATIONS])
def test_migrations_import_nothing_from_the_shop(migration: str) -> None:
    tree = ast.parse((migrations_folder() / "versions" / migration).read_text())
    imported = {
        name
        for node in ast.walk(tree)
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    }
    assert not [name for name in imported if name.split(".")[0] == "shop"]
