"""Newman runs the Postman collection."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shop.settings import Payments
from shop.settings.values import DialectName
from tests.fork_server import PIPE, ForkedProcess
from tests.integration.docs.test_postman import COMMITTED, PASSWORD, Json, steps
from tests.npm import newman
from tests.served_shop import environment, run
from tools.postman import COLLECTION_FILE, ENVIRONMENT_FILE
from tools.postman.story import STORY


@contextmanager
def served(folder: Path, **settings: str) -> Iterator[str]:
    """The address of a fresh shop with an embedded database and an admin."""
    made = run(folder, "create-admin", "owner", "--password-stdin", given=PASSWORD, variables=settings)
    assert made.returncode == 0, made.stderr
    with (
        (folder / "log").open("w") as log,
        ForkedProcess(
            "shop", "serve", "--port", "0", cwd=folder, env=environment(**settings), stdout=PIPE, stderr=log
        ) as server,
    ):
        try:
            assert server.stdout is not None
            opened = next((line for line in server.stdout if line.startswith("The shop is open at ")), None)
            assert opened, (folder / "log").read_text()
            yield opened.split()[-1]
        finally:
            server.terminate()
            assert server.wait(timeout=30) == 0, (folder / "log").read_text()


def run_newman(folder: Path, address: str, *options: str) -> Json:
    """What newman reports of a run of the committed files; any failure fails the test."""
    report = folder / "report.json"
    command = [
        *(*newman(), "run", str(COMMITTED / COLLECTION_FILE)),
        *("--working-dir", str(COMMITTED)),
        *("--environment", str(COMMITTED / ENVIRONMENT_FILE)),
        *("--env-var", f"BASE_URL={address}", "--env-var", f"ADMIN_PASSWORD={PASSWORD}"),
        *("--reporters", "json", "--reporter-json-export", str(report), *options),
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert report.is_file(), done.stderr
    run: Json = json.loads(report.read_text())["run"]
    failures = [f"{failure['source']['name']}: {failure['error']['message']}" for failure in run["failures"]]
    assert (done.returncode, failures) == (0, []), done.stderr
    return run


def answered(run: Json) -> list[str]:
    return [execution["item"]["name"] for execution in run["executions"] if "response" in execution]


@pytest.mark.parametrize("times", [1, pytest.param(2, marks=pytest.mark.long)])
@pytest.mark.timeout(600)  # newman may have to be fetched first
def test_newman_runs_the_whole_collection(tmp_path: Path, times: int) -> None:
    dialects = ",".join(DialectName)
    with served(tmp_path, SHOP_COMPAT=dialects) as address:
        run = run_newman(
            tmp_path, address, "--iteration-count", str(times), "--env-var", f"SHOP_COMPAT={dialects}"
        )
    played = [
        step.name
        for folder, step in steps()
        if folder.payments is Payments.SANDBOX and not folder.mail_tokens
    ]
    assert answered(run) == played * times
    assert run["stats"]["assertions"]["total"] >= times * 2 * len(played)


@pytest.mark.timeout(600)
def test_newman_skips_the_dialects_of_a_shop_without_them(tmp_path: Path) -> None:
    folders = [folder.name for folder in STORY if folder.dialect is not None]
    assert len(folders) >= len(DialectName)
    with served(tmp_path) as address:
        run = run_newman(tmp_path, address, *(word for name in folders for word in ("--folder", name)))
    assert answered(run) == []


@pytest.mark.timeout(600)
def test_newman_signs_what_stripe_would_send(tmp_path: Path) -> None:
    secret = "the webhook's signing secret"
    settings = {
        "SHOP_PAYMENTS": "stripe",
        "SHOP_STRIPE_SECRET_KEY": "sk_test_nobody",
        "SHOP_STRIPE_WEBHOOK_SECRETS": secret,
        "SHOP_WORKER": "off",
        "SHOP_COMPAT": "express",
    }
    folders = [folder for folder in STORY if folder.payments is Payments.STRIPE]
    options = [word for folder in folders for word in ("--folder", folder.name)]
    for name, value in (("STRIPE_WEBHOOK_SECRET", secret), ("SHOP_COMPAT", "express")):
        options += ["--env-var", f"{name}={value}"]
    with served(tmp_path, **settings) as address:
        run = run_newman(tmp_path, address, *options)
    assert answered(run) == [step.name for folder in folders for step in folder.steps]
