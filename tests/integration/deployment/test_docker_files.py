"""The files in `docker/`, checked as far as possible without Docker."""

import json
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shop.settings.configuration import Configuration
from shop.settings.values import Payments
from tests.debian import installed
from tests.nginx_server import CONFIGURATION, variables_of
from tests.redis_server import OPTIONS

ROOT = Path(__file__).parents[3]
DOCKER = ROOT / "docker"
DOCKERFILE = (DOCKER / "Dockerfile").read_text()
INSTANCES = ("shop-large", "shop-small")


@pytest.fixture(scope="module")
def compose() -> Path:
    """Docker Compose as installed, or from Debian sid, whose package runs on any release."""
    return next(installed("docker-compose").rglob("cli-plugins/docker-compose"))


def project(compose: Path, *files: str) -> dict[str, Any]:
    named = [argument for file in files for argument in ("--file", str(DOCKER / file))]
    done = subprocess.run(
        [compose, *named, "config", "--format", "json"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def shop(compose: Path) -> dict[str, Any]:
    return project(compose, "compose.yaml")


@pytest.fixture(scope="module")
def with_stripe(compose: Path) -> dict[str, Any]:
    return project(compose, "compose.yaml", "compose.stripe.yaml")


def test_hadolint_finds_no_fault_in_the_dockerfile() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    if not hadolint.exists():
        pytest.skip("hadolint has no wheel for this machine")
    done = subprocess.run(
        [hadolint, "--no-color", DOCKER / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_dockerignore_admits_everything_that_the_image_copies() -> None:
    admitted = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line[:1] == "!"
    }
    copied = {
        name
        for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
        for name in line.split()
    }
    assert copied == admitted
    assert all((ROOT / name).exists() for name in copied)


FINAL_STAGE = DOCKERFILE.rpartition("\nFROM ")[2]


def test_the_image_runs_as_a_user_with_a_fixed_id() -> None:
    assert re.search(r"^USER 10001:10001$", FINAL_STAGE, re.MULTILINE)


def test_the_final_stage_of_the_image_installs_no_packages() -> None:
    assert "apt-get" not in FINAL_STAGE


def test_the_services_start_in_order(shop: dict[str, Any]) -> None:
    after = {
        name: {other: how["condition"] for other, how in service.get("depends_on", {}).items()}
        for name, service in shop["services"].items()
    }
    after_grants = {"grants": "service_completed_successfully"}
    assert after == {
        "mysql": {},
        "valkey": {},
        "migrate": {"mysql": "service_healthy"},
        "grants": {"migrate": "service_completed_successfully"},
        "worker": after_grants,
        **dict.fromkeys(INSTANCES, after_grants),
        "nginx": dict.fromkeys(INSTANCES, "service_healthy"),
    }


def test_compose_publishes_ports_on_this_machine_only() -> None:
    published = [
        address
        for file in DOCKER.glob("compose*.yaml")
        for ports in re.findall(r"^ *ports:(.*)$", file.read_text(), re.MULTILINE)
        for address in re.findall(r'"([^"]*)"', ports) or [f"unreadable: {ports}"]
    ]
    assert published
    assert [address for address in published if not address.startswith("127.0.0.1:")] == []


def test_only_nginx_is_reachable_from_outside(shop: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in shop["services"].items() if "ports" in service}
    assert [(name, ports[0]["published"], ports[0]["host_ip"]) for name, ports in published.items()] == [
        ("nginx", "8080", "127.0.0.1")
    ]
    assert set(shop["services"]["nginx"]["networks"]) == {"front"}
    assert set(shop["services"]["mysql"]["networks"]) == {"back"}
    assert set(shop["services"]["valkey"]["networks"]) == {"back"}
    assert shop["networks"]["back"]["internal"]


def test_containers_have_minimal_privileges(shop: dict[str, Any]) -> None:
    for name, service in shop["services"].items():
        assert service["security_opt"] == ["no-new-privileges:true"], name
        if name != "mysql":
            assert service["read_only"], name
            assert service["cap_drop"] == ["ALL"], name


def test_nginx_gets_every_variable_that_its_configuration_uses(shop: dict[str, Any]) -> None:
    given = shop["services"]["nginx"]["environment"]
    # The image's entry point sets the addresses of the resolvers.
    set_by_image = {"NGINX_LOCAL_RESOLVERS"} if given["NGINX_ENTRYPOINT_LOCAL_RESOLVERS"] == "1" else set()
    assert variables_of(CONFIGURATION.read_text()) <= set(given) | set_by_image


def test_the_valkey_server_of_tests_has_the_options_of_compose(shop: dict[str, Any]) -> None:
    valkey = shop["services"]["valkey"]
    assert valkey["command"] == ["valkey-server", *OPTIONS]
    assert "volumes" not in valkey
    for name in (*INSTANCES, "worker"):
        assert shop["services"][name]["environment"]["SHOP_REDIS_URL"] == "redis://valkey:6379"


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    script = shutil.copy(DOCKER / "make-secrets.sh", tmp_path)
    subprocess.run(["sh", script], check=True)
    return tmp_path / "secrets"


def test_only_missing_secrets_are_created(secrets: Path) -> None:
    made = {file.name: file.read_text() for file in secrets.iterdir()}
    (secrets / "jwt_secret").unlink()
    subprocess.run(["sh", secrets.parent / "make-secrets.sh"], check=True)
    again = {file.name: file.read_text() for file in secrets.iterdir()}
    assert len(again.pop("jwt_secret")) == len(made.pop("jwt_secret")) == 64
    assert again == made
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    assert "/docker/secrets/" in (ROOT / ".gitignore").read_text().splitlines()


def test_every_secret_of_compose_is_created(shop: dict[str, Any], secrets: Path) -> None:
    made = {file.name for file in secrets.iterdir()}
    assert {Path(secret["file"]).name for secret in shop["secrets"].values()} == made


@pytest.mark.parametrize("project_name", ["shop", "with_stripe"])
@pytest.mark.parametrize("service", [*INSTANCES, "worker"])
def test_the_settings_of_each_service_start_the_shop_without_warnings(
    service: str, project_name: str, request: pytest.FixtureRequest, secrets: Path, tmp_path: Path
) -> None:
    declared = request.getfixturevalue(project_name)["services"][service]
    (secrets / "stripe_secret_key").write_text("sk_test")
    (secrets / "stripe_webhook_secrets").write_text("whsec")
    mounted = {secret["source"] for secret in declared["secrets"]}
    environment = {
        name: value.replace("/run/secrets", str(secrets)) for name, value in declared["environment"].items()
    }
    used = {Path(value).name for name, value in environment.items() if name.endswith("_FILE")}
    assert used == mounted
    found = Configuration.read(environment, tmp_path)
    assert found.warnings == ()
    assert [warning for warning in found.warnings_to_serve() if "SHOP_MAIL" not in warning] == []
    chosen = found.settings(to_serve=True)
    assert chosen.payments == (Payments.STRIPE if project_name == "with_stripe" else Payments.SANDBOX,)
