"""The code in docs/extending.md works outside this repository, with the installed package."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from shop.contract.plugin import pytest_configure
from tests.documents import ROOT, Block, section_of

DOCUMENT = "docs/extending.md"
ENDPOINT = section_of(DOCUMENT, "Add an endpoint")
STORAGE = section_of(DOCUMENT, "Write a storage")
PROVIDER = section_of(DOCUMENT, "Write a payment provider")

BEING_WRITTEN = shutil.ignore_patterns("*.pyc.*")
"""Bytecode that another process of the tests may be writing."""

BROKEN_STORAGES = '''
from contextlib import suppress

from shop.adapters.memory.catalogue.products import MemoryStock
from shop.adapters.memory.storage import MemoryStorage
from shop.adapters.memory.storage import MemoryUnitOfWork


class Oversells(MemoryStorage):
    """Looks whether there is enough, and then takes what there was."""

    def unit_of_work(self):
        return OversellingWork(self.store)


class OversellingWork(MemoryUnitOfWork):
    async def __aenter__(self):
        await super().__aenter__()
        self.stock = CarelessStock(self.source)
        return self


class CarelessStock(MemoryStock):
    async def take(self, quantities):
        await super().take(quantities)
        return True


class ForgetsToRollBack(MemoryStorage):
    def unit_of_work(self):
        return CommittingWork(self.store)


class CommittingWork(MemoryUnitOfWork):
    async def __aexit__(self, kind, error, trace):
        await super().__aexit__(None, None, None)


class ShowsOrdersOfOthers(MemoryStorage):
    def __init__(self):
        super().__init__()
        own = self.orders.page

        async def everybodys(user_id, page, limit, status):
            users = {row.snapshot.user_id for row in self.store.tables["orders"].values()}
            pages = [await own(each, page, limit, status) for each in sorted(users)]
            return max(pages, key=lambda page: page.total, default=await own(user_id, page, limit, status))

        self.orders.page = everybodys
'''


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked as an installer would."""
    folder = tmp_path_factory.mktemp("package")
    build = [sys.executable, "-m", "hatchling", "build", "--target=wheel", f"--directory={folder}"]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def write(folder: Path, blocks: Sequence[Block]) -> None:
    for block in blocks:
        if block.file_name:
            (folder / block.file_name).write_text(block.text)


def run_pytest(project: Path, package: Path, command: str) -> subprocess.CompletedProcess[str]:
    assert command.startswith("pytest ")
    arguments = [*shlex.split(command)[1:], "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=project,
        env={**environment, "PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        check=False,
    )


def command_of(blocks: Sequence[Block]) -> str:
    (block,) = (block for block in blocks if block.language == "console")
    return block.text.strip().removeprefix("$ ")


def passed(done: subprocess.CompletedProcess[str]) -> int:
    assert done.returncode == 0, done.stdout + done.stderr
    summary = re.search(r"^(\d+) passed", done.stdout, re.MULTILINE)
    assert summary, done.stdout
    return int(summary[1])


def test_an_extra_installs_the_requirements_of_the_suites(package: Path) -> None:
    assert "pip install '.[contract]'" in (ROOT / DOCUMENT).read_text()
    (metadata,) = package.glob("shop-*.dist-info/METADATA")
    assert re.search(r"^Requires-Dist: pytest.* extra == 'contract'$", metadata.read_text(), re.MULTILINE)


@pytest.mark.long
def test_a_foreign_storage_is_tested_by_name(project: Path, package: Path) -> None:
    write(project, [block for block in STORAGE if block.file_name == "counting.py"])
    assert passed(run_pytest(project, package, command_of(STORAGE))) > 250


def test_a_foreign_storage_is_tested_by_fixture(project: Path, package: Path) -> None:
    write(project, STORAGE)
    one_part = "pytest --pyargs shop.contract.storage.test_catalogue"
    assert one_part in (ROOT / DOCUMENT).read_text()
    assert passed(run_pytest(project, package, one_part)) > 10
    assert passed(run_pytest(project, package, "pytest test_whole_shop.py")) == 1


@pytest.mark.parametrize(
    ("storage", "part", "caught_by"),
    [
        ("Oversells", "test_catalogue", "test_concurrent_buyers_never_take_more_than_the_stock"),
        pytest.param(
            *("ForgetsToRollBack", "test_catalogue", "test_a_rolled_back_product_leaves_no_trace"),
            marks=pytest.mark.long,
        ),
        pytest.param(
            *("ShowsOrdersOfOthers", "test_order_queries", "test_users_see_only_their_own_orders"),
            marks=pytest.mark.long,
        ),
    ],
)
def test_the_suite_detects_a_broken_storage(
    project: Path, package: Path, storage: str, part: str, caught_by: str
) -> None:
    (project / "broken.py").write_text(BROKEN_STORAGES)
    done = run_pytest(
        project, package, f"pytest --pyargs shop.contract.storage.{part} --storage=broken:{storage}"
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(rf"^FAILED .*::{caught_by}\b", done.stdout, re.MULTILINE)


@pytest.mark.parametrize("name", ["nowhere:Storage", "shop.contract:Nothing"])
def test_a_missing_storage_is_named_in_the_error(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(pytestconfig.option, "storage", name)
    with pytest.raises(pytest.UsageError, match=f"^--storage {name}: "):
        pytest_configure(pytestconfig)


def test_a_foreign_payment_provider_is_tested(project: Path, package: Path) -> None:
    write(project, PROVIDER)
    assert passed(run_pytest(project, package, command_of(PROVIDER))) > 20


def test_the_documented_endpoint_works(project: Path) -> None:
    shutil.copytree(ROOT / "src" / "shop", project / "shop", ignore=BEING_WRITTEN)
    (patch,) = (block.text for block in ENDPOINT if block.language == "diff")
    applied = subprocess.run(
        ["git", "apply", "-p2", "-"], cwd=project, input=patch, capture_output=True, text=True, check=False
    )
    assert applied.returncode == 0, applied.stderr
    (test,) = (block for block in ENDPOINT if block.language == "python")
    assert test.file_name
    (project / Path(test.file_name).name).write_text(test.text)
    shutil.copyfile(ROOT / "src/shop/contract/conftest.py", project / "conftest.py")
    assert passed(run_pytest(project, project, f"pytest {Path(test.file_name).name}")) == 1
    assert "/newest" in (project / "shop/entrypoints/http/orders/orders.py").read_text()


def test_existing_tests_cover_the_documented_endpoint_or_name_what_it_lacks(tmp_path: Path) -> None:
    """The tests run in a copy of this repository, to which the patch of the page is applied."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    for name in tracked.stdout.rstrip("\0").split("\0"):
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tmp_path / name)
    for compiled in (ROOT / "src").rglob("__pycache__"):
        shutil.copytree(compiled, tmp_path / compiled.relative_to(ROOT), ignore=BEING_WRITTEN)
    (patch,) = (block.text for block in ENDPOINT if block.language == "diff")
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=patch, text=True, check=True)
    done = run_pytest(
        tmp_path,
        tmp_path / "src",
        "pytest -rA tests/unit/framework/test_access_http.py tests/integration/docs/test_postman.py"
        r" -k newest\ or\ test_every_operation_is_in_it",
    )
    assert re.search(r"^1 failed, 1 passed", done.stdout, re.MULTILINE), done.stdout + done.stderr
    assert re.search(
        r"^PASSED .*test_unauthenticated_requests_get_401\[GET /api/orders/newest\]$",
        done.stdout,
        re.MULTILINE,
    )
    assert re.search(r"^FAILED .*test_every_operation_is_in_it", done.stdout, re.MULTILINE)
    assert "GET /api/orders/newest" in done.stdout.partition("= FAILURES =")[2]
