"""The committed Postman collection is current and complete."""

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from shop.entrypoints.cli import main
from shop.entrypoints.http.framework.openapi import openapi_document
from shop.settings import Payments
from shop.settings.values import DialectName
from shop.testing import shop_harness
from tools.postman import COLLECTION_FILE, ENVIRONMENT_FILE, postman_files
from tools.postman.recording import RecordingError, record
from tools.postman.steps import Folder, Step, Variant
from tools.postman.story import STORY

Json = dict[str, Any]

COMMITTED = Path(__file__).parents[3] / "docs" / "postman"
PASSWORD = "correct horse battery staple"
# Statuses that need a failing server, a client that sends no JSON, or one that sends too many or too large requests.
UNCOMMON = {413, 415, 429, 500, 503}
# Codes that need concurrent requests, other keys or settings than the recorded shop has, an outage of a day, or more
# requests than the collection has.
UNCOMMON_CODES = {
    "REQUEST_STILL_RUNNING",
    "ANSWER_GONE",
    "SECRET_KEYS_MISSING",
    "ADDRESS_BOOK_FULL",
    "TOO_MANY_NOTES",
    "TOO_MANY_WEBHOOKS",
    "WEBHOOK_SWITCHED_OFF",
    "MEDIA_OFF",
    "MESSAGE_OUTDATED",
    "PICTURE_IN_USE",
}


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return asyncio.run(postman_files())


@pytest.fixture(scope="module")
def collection(files: dict[str, bytes]) -> Json:
    return dict(json.loads(files[COLLECTION_FILE]))


@pytest.fixture(scope="module")
def environment(files: dict[str, bytes]) -> Json:
    return dict(json.loads(files[ENVIRONMENT_FILE]))


@pytest.fixture(scope="module")
def documented() -> dict[str, Json]:
    """Every operation: of a shop with each payment provider, and of each dialect."""
    return {
        f"{method.upper()} {path}": operation
        for document in asyncio.run(documents())
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


async def documents() -> list[Json]:
    found = []
    for payments in Payments:
        stripe = {"stripe_secret_key": "-", "stripe_webhook_secrets": ("-" * 32,)}
        more: Json = stripe if payments is Payments.STRIPE else {}
        async with shop_harness(payments=payments, compat=frozenset(DialectName), **more) as shop:
            found.append(openapi_document(shop.app))
            answers = [await shop.client.get(f"/compat/{dialect}/openapi.json") for dialect in DialectName]
            found += [answer.json() for answer in answers]
    return found


def steps() -> list[tuple[Folder, Step]]:
    return [(folder, step) for folder in STORY for step in folder.steps]


def items(collection: Json) -> list[tuple[Step, Json]]:
    """The steps of the story, each with what the collection made of it."""
    made = [item for folder in collection["item"] for item in folder["item"]]
    return list(zip((step for _, step in steps()), made, strict=True))


def test_the_committed_collection_is_current(files: dict[str, bytes]) -> None:
    committed = {file.name: file.read_bytes() for file in COMMITTED.iterdir()}
    different = [name for name in files if committed.get(name) != files[name]]
    assert not different, "write them again: make postman"
    assert committed.keys() == files.keys()


@pytest.mark.long
def test_the_output_is_reproducible(files: dict[str, bytes], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tools.postman", str(tmp_path / "new")]
    subprocess.run(command, cwd=COMMITTED.parents[1], env={**os.environ, "PYTHONHASHSEED": "1"}, check=True)
    written = {file.name: file.read_bytes() for file in (tmp_path / "new").iterdir()}
    assert written.keys() == files.keys()
    assert [name for name in files if written[name] != files[name]] == []


def test_the_command_prints_the_collection(files: dict[str, bytes]) -> None:
    result = CliRunner().invoke(main, ["postman"])
    assert result.exit_code == 0
    assert result.stdout == files[COLLECTION_FILE].decode()


def test_every_operation_is_in_it(documented: dict[str, Json]) -> None:
    assert {step.operation for _, step in steps()} == documented.keys()


def test_folders_are_named_after_tags(documented: dict[str, Json]) -> None:
    for folder, step in steps():
        if folder.dialect is not None:
            assert folder.name.startswith(f"Compatibility: {folder.dialect}")
            continue
        (tag,) = documented[step.operation]["tags"]
        assert folder.name.partition(":")[0] in (tag, "Clean up", "Guests"), step.name


def codes_of(response: Json) -> set[str]:
    """The codes of the errors with this status."""
    content = response.get("content", {}).get("application/json", {})
    return set(content.get("examples", {}))


def test_every_operation_shows_a_success_and_its_errors(
    collection: Json, documented: dict[str, Json]
) -> None:
    shown: dict[str, set[int]] = {}
    for step, item in items(collection):
        shown.setdefault(step.operation, set()).update(example["code"] for example in item["response"])
        assert item["response"][0]["code"] == step.status < 300
    missing: dict[str, set[int]] = {}
    for name, operation in documented.items():
        promised = {int(status) for status in operation["responses"]} - UNCOMMON
        conflicts = codes_of(operation["responses"].get("409", {}))
        if conflicts and conflicts <= UNCOMMON_CODES:
            promised.discard(409)
        parameters = operation.get("parameters", ())
        if "requestBody" not in operation and not any(each["in"] == "query" for each in parameters):
            promised.discard(400)  # nothing is sent that could be invalid
        if "x-permission" not in operation:
            promised.discard(403)  # only API keys are refused there, and the story has users
        if missing_here := promised - shown[name]:
            missing[name] = missing_here
    assert not missing, sorted(missing.items())


def test_every_request_is_described_and_checked(collection: Json) -> None:
    for step, item in items(collection):
        assert len(item["request"]["description"]) > 10, step.name
        (checks,) = [event["script"]["exec"] for event in item["event"] if event["listen"] == "test"]
        assert f"to.have.status({step.status})" in checks[0]
        assert sum("pm.test(" in line for line in checks) >= 2, step.name


def test_errors_have_the_same_shape(collection: Json) -> None:
    for step, item in items(collection):
        for example in item["response"]:
            if example["code"] >= 400:
                body = json.loads(example["body"])
                if step.operation.split()[1].startswith("/compat/"):
                    (message,) = body.values()
                    assert body.keys() <= {"message", "error"}
                    assert isinstance(message, str), example["name"]
                else:
                    assert body["error"]["code"], example["name"]


def test_variables_are_known_and_tokens_are_not_shown(
    files: dict[str, bytes], collection: Json, environment: Json
) -> None:
    known = {variable["key"] for variable in environment["values"]}
    used = {name for _, item in items(collection) for name in re.findall(r"{{(\w+)}}", json.dumps(item))}
    used -= {"ETAG", "USED_KEY", "STRIPE_SIGNATURE", "TOTP_CODE"}  # an example's, and a script's
    assert used <= known
    assert {"TOKEN_USER", "TOKEN_ADMIN"} <= used
    assert not re.search(rb"eyJ[\w-]+\.", files[COLLECTION_FILE])


@pytest.mark.anyio
@pytest.mark.parametrize(
    "step",
    [
        Step(name="another status", operation="GET /health/live", status=201),
        Step(name="another value", operation="GET /health/live", expects={"status": "asleep"}),
        Step(
            name="another answer", operation="GET /health/live", variants=(Variant(name="none", status=404),)
        ),
    ],
    ids=lambda step: step.name,
)
async def test_an_unexpected_response_stops_the_recording(step: Step) -> None:
    with pytest.raises(RecordingError, match=step.name):
        await record([Folder(name="Health", description="", steps=(step,))])
