"""The typed client of docs/typescript-client.md: generated, strictly compiled, and it buys something."""

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from tests.documents import ROOT
from tests.npm import node_modules, node_program
from tests.served_shop import serving
from tools.api_shape import document_of

PAGE = (ROOT / "docs" / "typescript-client.md").read_text(encoding="utf-8")
RUN = """
import { buy } from "./buy.js";

declare const process: { argv: string[] };
console.log(JSON.stringify(await buy(process.argv[2]!, "ada", "correct horse battery staple")));
"""
WRONG = """
import createClient from "openapi-fetch";
import type { paths } from "./shop.js";

const shop = createClient<paths>({ baseUrl: "" });
await shop.POST("/api/cart/items", { body: { itemId: "1" } });
"""


def block_of(language: str) -> str:
    return PAGE.partition(f"```{language}\n")[2].partition("```")[0]


def run(folder: Path, command: Sequence[str | Path]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the page's files and the generated types."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "node_modules").symlink_to(node_modules())
    (folder / "package.json").write_text(json.dumps({"type": "module"}))
    (folder / "openapi.json").write_bytes(msgspec.json.encode(document_of()))
    (folder / "buy.ts").write_text(block_of("ts"))
    (folder / "tsconfig.json").write_text(block_of("json"))
    (options,) = re.findall(r"^npx openapi-typescript \S+ (.*)$", PAGE, re.MULTILINE)
    made = run(folder, [*node_program("openapi-typescript", "bin/cli.js"), "openapi.json", *options.split()])
    assert made.returncode == 0, made.stdout + made.stderr
    return folder


@pytest.fixture(scope="module")
def complaints(project: Path) -> Sequence[str]:
    """What the compiler says about `run.ts` and `wrong.ts`. It compiles wrong files, too."""
    (project / "run.ts").write_text(RUN)
    (project / "wrong.ts").write_text(WRONG)
    return run(project, [*node_program("typescript", "bin/tsc"), "--project", "."]).stdout.splitlines()


@pytest.mark.timeout(600)  # the packages may have to be fetched first
def test_a_typed_client_buys_something(project: Path, complaints: Sequence[str], tmp_path: Path) -> None:
    assert [line for line in complaints if not line.startswith(("wrong.ts", " "))] == []
    with serving(tmp_path) as (url, _):
        bought = run(project, [*node_program(), "run.js", url])
    assert bought.returncode == 0, bought.stderr
    order = json.loads(bought.stdout)
    assert order["status"] == "paid"
    assert len(order["items"]) == 1


@pytest.mark.timeout(600)
def test_the_compiler_finds_a_missing_field(complaints: Sequence[str]) -> None:
    assert complaints[0].startswith("wrong.ts")
    assert "'quantity' is missing" in "".join(complaints)
