"""The documents are true of the code: links, names, settings, commands; and nothing is missing."""

import ast
import dataclasses
import importlib.util
import itertools
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import yaml

from shop.adapters.payments.stripe_statements import EVENT_TYPES
from shop.entrypoints.cli import main
from shop.settings import Settings
from tests.documents import ROOT, anchors_of, blocks_of, links_of, markdown_files
from tools import mysql_grants, permissions_table

PAYMENTS = (ROOT / "docs" / "payments.md").read_text(encoding="utf-8")
FAULTS = re.search(r"^## Faults$(.*?)^## ", PAYMENTS, re.DOTALL | re.MULTILINE)
DOCUMENTS = list(markdown_files())
SHELLS = ("sh", "bash", "console")
OF_TESTS_ONLY = {"SHOP_TEST_MYSQL_URL"}


def names_of_tests(file: Path) -> set[str]:
    """The names of its tests, with their class where they have one: `TestCart::test_adding`."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    tree = ast.parse(file.read_text(encoding="utf-8"))
    classes = [each for each in tree.body if isinstance(each, ast.ClassDef)]
    named = [(f"{each.name}::", each.body) for each in classes]
    return {
        f"{prefix}{each.name}"
        for prefix, body in [("", tree.body), *named]
        for each in body
        if isinstance(each, functions) and each.name.startswith("test_")
    }


def rows_of_faults() -> list[tuple[str, str]]:
    """Each fault and what its row says of a test."""
    assert FAULTS is not None
    rows = [line.strip("|").split("|") for line in FAULTS[1].splitlines() if line.startswith("|")]
    return [(row[0].strip(), row[-1].strip()) for row in rows[2:]]


def test_the_table_of_faults_is_found() -> None:
    assert len(rows_of_faults()) > 30


def test_every_fault_names_a_test() -> None:
    for fault, test in rows_of_faults():
        assert re.fullmatch(r"`(tests/[\w/]+\.py)::(test_\w+)`", test), fault


def test_every_handled_event_type_is_subscribed() -> None:
    assert f"--events {','.join(EVENT_TYPES)}" in PAYMENTS
    assert re.findall(r"^- `([a-z_.]+)`$", PAYMENTS, re.MULTILINE) == list(EVENT_TYPES)


def test_every_link_leads_somewhere() -> None:
    for document, link in ((each, link) for each in DOCUMENTS for link in links_of(each)):
        target, _, anchor = link.partition("#")
        file = (document.parent / target).resolve() if target else document
        assert file.exists(), (document, link)
        assert file.is_relative_to(ROOT), (document, link)
        assert not anchor or anchor in anchors_of(file), (document, link)


def found_in_documents(pattern: str) -> list[tuple[Path, Any]]:
    """Each match in each document: the text, or the texts of its groups."""
    matches = [
        (document, found) for document in DOCUMENTS for found in re.findall(pattern, document.read_text())
    ]
    assert matches, f"no document matches {pattern}"
    return matches


def test_every_test_that_is_named_exists() -> None:
    for document, (file, test) in found_in_documents(r"`((?:tests|src)/[\w/]+\.py)::([\w:]+)`"):
        assert test in names_of_tests(ROOT / file), (document, file, test)


def test_every_file_that_is_named_exists() -> None:
    folders = (
        "src|tests|docs|docker|deploy|migrations|bench|requirements|application|adapters|entrypoints|domain"
    )
    homes = (ROOT, ROOT / "src" / "shop")
    for document, name in found_in_documents(rf"`((?:{folders})/[\w./-]*)(?:::[\w:]+)?`"):
        assert any((home / name).exists() for home in homes), (document, name)


def test_every_setting_that_is_named_exists() -> None:
    known = {f"SHOP_{setting.name.upper()}" for setting in dataclasses.fields(Settings)}
    declared = [each.metadata["setting"] for each in dataclasses.fields(Settings)]
    known |= {setting.variable for setting in declared} | OF_TESTS_ONLY
    known |= {setting.former_variable for setting in declared if setting.former_variable}
    for document, name in found_in_documents(r"\bSHOP_[A-Z_]*[A-Z]\b"):
        assert known & {name, name.removesuffix("_FILE")}, (document, name)


def commands_of(document: Path) -> Iterator[list[str]]:
    """What its blocks for shells, and its sentences, call: each command of a line by itself."""
    texts = [block.text for block in blocks_of(document, *SHELLS)]
    for text in [
        *texts,
        *re.findall(r"`((?:[\w./]*python|[\w./]*shop|make|sh) [^`\n]+)`", document.read_text()),
    ]:
        for line in text.replace("\\\n", " ").splitlines():
            for command in re.split(r"&&|\|\|?|;", line.removeprefix("$ ").partition(" #")[0]):
                try:
                    words = shlex.split(command)
                except ValueError:
                    continue  # a part of a quoted text
                if words:
                    yield words


COMMANDS = [words for document in DOCUMENTS for words in commands_of(document)]


def test_every_command_of_the_shop_can_be_given() -> None:
    assert any(words[0] == ".venv/bin/shop" for words in COMMANDS)
    for words in COMMANDS:
        arguments = list(itertools.takewhile(lambda word: word[0] not in "<>[", words[1:]))
        if words[0] not in ("shop", ".venv/bin/shop") or not arguments or arguments[0] == "--help":
            continue
        command = main.get_command(click.Context(main), arguments[0])
        assert command is not None, words
        if arguments[1:] and not any("…" in word for word in arguments):
            command.make_context(arguments[0], arguments[1:])


def test_every_documented_command_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for words in COMMANDS:
        if words[0] == "make":
            assert {word for word in words[1:] if re.fullmatch(r"[a-z-]+", word)} <= targets, words
        elif words[0] == "sh" and len(words) > 1:
            assert (ROOT / words[1]).exists(), words
        elif words[:2] == ["docker", "compose"] and "--file" in words:
            assert (ROOT / words[words.index("--file") + 1]).exists(), words
        elif words[0].endswith("python") and "-m" in words:
            assert importlib.util.find_spec(words[words.index("-m") + 1]), words


def test_the_packages_in_the_architecture_diagram_exist() -> None:
    (picture,) = blocks_of("docs/architecture.md", "mermaid")
    rooms = re.findall(r"src/shop/\w+(?:\.py)?", picture.text)
    assert rooms
    inside: dict[str, list[str]] = {}
    room = ""
    for line in picture.text.splitlines():
        if named := re.search(r'\["(src/shop/\w+)', line):
            room = named[1]
        elif (label := re.search(r'\["([\w, ]+?)(?:<br>|, …|")', line)) and room:
            inside.setdefault(room, []).extend(label[1].split(", "))
    described = {"use cases", "domain"}  # the module names of the room itself stand for them
    for room, names in inside.items():
        found = {path.stem for path in (ROOT / room).iterdir()}
        assert {*names} - described <= found, room
    assert all((ROOT / room).exists() for room in rooms)


def test_the_page_of_architecture_numbers_the_invariants() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    assert re.findall(r"^\| (\d+) \|", page, re.MULTILINE) == [str(number) for number in (*range(1, 14), 16)]


def test_the_readme_is_short_and_leads_everywhere() -> None:
    readme = ROOT / "README.md"
    assert len(readme.read_text().splitlines()) <= 150
    led_to = {(ROOT / link.partition("#")[0]).resolve() for link in links_of(readme)}
    pages = {*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md")} - {readme}
    assert pages - led_to == set()
    assert {
        (ROOT / "docs" / name).resolve() for name in ("decisions", "postman", "deploy/README.md")
    } <= led_to
    assert {*(ROOT / "docs" / "images").iterdir()} <= led_to
    for line in readme.read_text().splitlines():
        if room := re.match(r"  (\w+(?:/|\.py)) ", line):
            assert (ROOT / "src" / "shop" / room[1]).exists(), line
        elif folder := re.match(r"(\w+/) ", line):
            assert (ROOT / folder[1]).is_dir(), line


def test_decisions_are_numbered_and_dated_and_name_their_alternatives() -> None:
    files = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [file.name[:4] for file in files]
    assert len(set(numbers)) == len(numbers)
    for file in files:
        text = file.read_text()
        assert re.match(r"# \S", text), file
        assert re.search(r"^\*\*Status\.\*\* \w+, \d{4}-\d\d-\d\d\.$", text, re.MULTILINE), file
        assert "**Decision.**" in text, file
        assert re.search(r"^\*\*Alternatives\b", text, re.MULTILINE), file
        assert len(text.splitlines()) <= 60, file


def test_the_changelog_is_of_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    headings = re.findall(r"^## \[(.+?)\]", text, re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert headings[0] == "Unreleased"
    assert project["version"] in (*headings[1:2], *re.findall(r"What will be ([\d.]+\d)", text))


def test_the_licence_is_what_the_package_says() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text().startswith("MIT License\n")


def test_ci_runs_everything() -> None:
    workflow: dict[Any, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yaml").read_text())
    (job,) = workflow["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]
    assert workflow["permissions"] == {"contents": "read"}
    assert "permissions" not in job
    used = [step["uses"] for step in job["steps"] if "uses" in step]
    assert all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", name) for name in used)
    (cached,) = (step["with"]["path"] for step in job["steps"] if "cache@" in step.get("uses", ""))
    assert f"/{cached}/" in (ROOT / ".gitignore").read_text().splitlines()
    script = (ROOT / ".ci" / "run").read_text()
    assert {"make test", "make test-long", "make lint"} <= set(script.splitlines())
    assert any(line.startswith(".ci/audit ") for line in script.splitlines())


def test_the_table_of_permissions_is_current() -> None:
    page = permissions_table.PAGE.read_text(encoding="utf-8")
    assert page == permissions_table.page_with_table(page), "run .venv/bin/python -m tools.permissions_table"


def test_the_grants_are_made_from_the_tables() -> None:
    assert mysql_grants.FILE.read_text(encoding="utf-8") == mysql_grants.grants(), (
        "run .venv/bin/python -m tools.mysql_grants"
    )
