"""The guides and files of `docs/deploy/`, compared with the shop, without any platform."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from shop.adapters.payments.stripe_statements import EVENT_TYPES
from shop.entrypoints.cli import main
from shop.settings import Payments, Settings
from shop.settings.configuration import Configuration
from shop.settings.declarations import DECLARED

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "docs" / "deploy"
GUIDES = sorted([*FOLDER.glob("*.md"), ROOT / "deploy" / "kubernetes" / "README.md"])
FILES = sorted(file for file in FOLDER.rglob("*.*") if file.suffix != ".md")
VARIABLES = {setting.variable for setting in DECLARED.values()}
SECRET_FILES = {f"{setting.variable}_FILE" for setting in DECLARED.values() if setting.mask}
SECRETS = {
    "SHOP_DATABASE_URL": "mysql://shop:hidden@db.example:3306/shop",
    "SHOP_JWT_SECRET": "k" * 32,
    "SHOP_SECRET_KEYS": "e" * 32,
    "SHOP_STRIPE_SECRET_KEY": "sk_test",
    "SHOP_STRIPE_WEBHOOK_SECRETS": "whsec",
}


def content(name: str) -> Any:
    file = FOLDER / name
    text = file.read_text()
    match file.suffix:
        case ".toml":
            return tomllib.loads(text)
        case ".json":
            return json.loads(text)
        case _:
            return yaml.safe_load(text)


def path_from_root(file: Path) -> str:
    return str(file.relative_to(ROOT))


def environments() -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each platform, and the settings in its files or its guide. A secret may have an empty value."""
    commands = re.findall(r"fly secrets set (.*)", (FOLDER / "fly.md").read_text())
    secrets = {name: "" for command in commands for name in re.findall(r"\b(SHOP_[A-Z_]+)=", command)}
    yield "fly", content("fly/fly.toml")["env"] | secrets
    render = content("render/render.yaml")
    (group,) = render["envVarGroups"]
    for service in render["services"]:
        variables = [*group["envVars"], *service["envVars"]]
        yield (
            f"render {service['name']}",
            {each["key"]: each.get("value", "") for each in variables if "key" in each},
        )
    heroku = content("heroku/app.json")["env"]
    yield "heroku", {name: each.get("value", "") for name, each in heroku.items()}
    for container in content("aws/task-definition.json")["containerDefinitions"]:
        given = {each["name"]: each["value"] for each in container["environment"]}
        yield f"aws {container['name']}", given | {each["name"]: "" for each in container["secrets"]}
    block = re.search(r"```text\n(.*?)```", (FOLDER / "railway.md").read_text(), re.DOTALL)
    assert block is not None
    yield "railway", dict(line.strip().split("=", 1) for line in block[1].strip().splitlines())


@pytest.mark.parametrize(
    "environment",
    [pytest.param(given, id=name) for name, given in environments() if "SHOP_TRUSTED_PROXIES" in given],
)
def test_metrics_are_not_on_the_public_port(environment: dict[str, str]) -> None:
    assert environment["SHOP_METRICS_PORT"] == "9100"


@pytest.mark.parametrize("environment", [pytest.param(given, id=name) for name, given in environments()])
def test_the_settings_of_each_platform_start_the_shop_without_warnings(
    environment: dict[str, str], tmp_path: Path
) -> None:
    given = {name: SECRETS.get(name, value) for name, value in environment.items()}
    found = Configuration.read(given, tmp_path)
    assert found.warnings == ()
    assert [warning for warning in found.warnings_to_serve() if "SHOP_MAIL" not in warning] == []
    chosen: Settings = found.settings(to_serve=True)
    assert chosen.payments == (Payments.STRIPE,)


@pytest.mark.parametrize("file", [ROOT / "README.md", *GUIDES, *FILES], ids=path_from_root)
def test_both_keys_are_set_together(file: Path) -> None:
    text = file.read_text()
    assert ("SHOP_JWT_SECRET" in text or "jwt-secret" in text) == (
        "SHOP_SECRET_KEYS" in text or "secret-keys" in text
    )


@pytest.mark.parametrize("file", [*GUIDES, *FILES], ids=path_from_root)
def test_every_setting_named_in_the_files_exists(file: Path) -> None:
    assert set(re.findall(r"\bSHOP_[A-Z_]+\b", file.read_text())) <= VARIABLES | SECRET_FILES


@pytest.mark.parametrize("file", [*GUIDES, *FILES], ids=path_from_root)
def test_every_command_named_in_the_files_exists(file: Path) -> None:
    quoted = re.findall(r"[\"'`]shop ([a-z-]+)|(?:- |-- |run |= |: )shop ([a-z-]+)", file.read_text())
    commands = set(main.list_commands(None))  # type: ignore[arg-type]
    assert {first or second for first, second in quoted} <= commands


@pytest.mark.parametrize("file", GUIDES, ids=path_from_root)
def test_every_link_leads_somewhere(file: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]*)(?:#[^)]*)?\)", file.read_text()):
        assert (file.parent / target).exists(), target


@pytest.mark.parametrize("file", GUIDES, ids=path_from_root)
def test_every_guide_registers_the_webhook_at_its_path(file: Path) -> None:
    addresses = re.findall(r"https://\S+?(/\S*stripe)`", file.read_text())
    assert set(addresses) == {"/api/webhooks/stripe"}


def test_the_overview_lists_exactly_the_events_that_the_shop_handles() -> None:
    listed = re.findall(r"^- `([a-z_.]+)`$", (FOLDER / "README.md").read_text(), re.MULTILINE)
    assert tuple(listed) == EVENT_TYPES


def test_every_file_is_linked_from_the_overview() -> None:
    overview = (FOLDER / "README.md").read_text()
    assert [file.name for file in FILES if f"({file.relative_to(FOLDER)})" not in overview] == []


def test_every_platform_migrates_serves_and_runs_the_worker() -> None:
    fly = content("fly/fly.toml")
    assert fly["deploy"]["release_command"] == "shop migrate"
    assert fly["processes"] == {"app": "shop serve", "worker": "shop worker"}
    web, worker = content("render/render.yaml")["services"]
    assert (web["preDeployCommand"], web["dockerCommand"]) == ("shop migrate", "shop serve")
    assert worker["dockerCommand"] == "shop worker"
    railway = content("railway/railway.json")["deploy"]
    assert (railway["preDeployCommand"], railway["startCommand"]) == (["shop migrate"], "shop serve")
    assert content("railway/worker.json")["deploy"]["startCommand"] == "shop worker"
    heroku = content("heroku/heroku.yml")
    assert heroku["release"]["command"] == ["shop migrate"]
    assert heroku["run"]["web"] == "shop serve --port $PORT"
    assert heroku["run"]["worker"]["command"] == ["shop worker"]
    tasks = content("aws/task-definition.json")["containerDefinitions"]
    assert [task["command"] for task in tasks] == [["shop", "serve"], ["shop", "worker"]]


def test_every_platform_uses_the_health_check_path() -> None:
    paths = [
        content("fly/fly.toml")["http_service"]["checks"][0]["path"],
        content("render/render.yaml")["services"][0]["healthCheckPath"],
        content("railway/railway.json")["deploy"]["healthcheckPath"],
    ]
    assert set(paths) == {"/health/ready"}
    # ECS ignores the health check in the image, so the task repeats it.
    check = content("aws/task-definition.json")["containerDefinitions"][0]["healthCheck"]["command"]
    assert json.dumps(check[1:]) in (ROOT / "docker" / "Dockerfile").read_text()


@pytest.mark.parametrize(
    "name", ["fly/fly.toml", "render/render.yaml", "railway/railway.json", "heroku/heroku.yml"]
)
def test_every_platform_builds_the_image_of_docker_dockerfile(name: str) -> None:
    assert "docker/Dockerfile" in (FOLDER / name).read_text()
