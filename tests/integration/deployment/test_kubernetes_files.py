"""The files in `deploy/kubernetes/`, checked without a cluster.

Each file, and each resource that kustomize renders from them, is validated strictly against the schemas of Kubernetes.
Rendering uses the machine's `kubectl` or Debian's, and needs no cluster.
"""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from litestar.routes import HTTPRoute

from shop.adapters.memory.storage import MemoryStorage
from shop.container.root import assemble
from shop.entrypoints.http.wiring import controllers_of, http_app
from shop.settings import Payments, Service, Settings
from shop.settings.configuration import Configuration
from shop.settings.declarations import DECLARED
from tests.debian import installed, loaded_by_its_own

FOLDER = Path(__file__).parents[3] / "deploy" / "kubernetes"
BASE = FOLDER / "base"
EXAMPLE = FOLDER / "overlays" / "example"
SERVICES = {service.value for service in Service}
WITH_TEMPORARY_FILES = {"catalogue", "worker"}
"""The deployments that need a folder for temporary files: uploads, and the files of imports."""
IN_EVERY_SERVICE = {"metrics", "health", "schema"}

Resource = dict[str, Any]


def resources_of(text: str) -> list[Resource]:
    return [resource for resource in yaml.safe_load_all(text) if resource]


def kustomization(folder: Path) -> Resource:
    found: Resource = yaml.safe_load((folder / "kustomization.yaml").read_text())
    return found


@pytest.fixture(scope="module")
def written() -> list[Resource]:
    """The resources of the files that the base lists."""
    return [
        resource
        for name in kustomization(BASE)["resources"]
        for resource in resources_of((BASE / name).read_text())
    ]


@pytest.fixture(scope="module")
def rendered() -> list[Resource]:
    """The resources that would be applied."""
    system_kubectl = shutil.which("kubectl")
    kubectl = (
        [system_kubectl]
        if system_kubectl
        else loaded_by_its_own(installed("kubernetes-client"), "usr/bin/kubectl")
    )
    done = subprocess.run([*kubectl, "kustomize", EXAMPLE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return resources_of(done.stdout)


def named(resources: list[Resource], kind: str) -> dict[str, Resource]:
    return {each["metadata"]["name"]: each for each in resources if each["kind"] == kind}


def pods(resources: list[Resource]) -> Iterator[tuple[str, Resource]]:
    for kind in ("Deployment", "Job"):
        for name, resource in named(resources, kind).items():
            yield name, resource["spec"]["template"]["spec"]


def validate(resources: list[Resource]) -> None:
    for resource in resources:
        kubernetes_validate.validate(resource, kubernetes_validate.latest_version(), strict=True)


def test_the_files_match_the_schemas_of_kubernetes(written: list[Resource]) -> None:
    validate(written)
    files = {file.name for file in BASE.glob("*.yaml")} - {"kustomization.yaml"}
    assert files == set(kustomization(BASE)["resources"])


def test_rendered_kubernetes_files_match_the_schemas(
    rendered: list[Resource], written: list[Resource]
) -> None:
    validate(rendered)
    assert len(rendered) == len(written) + 2  # and the namespace and the settings
    assert all(pod["containers"][0]["image"] == "registry.example/shop:0.1.0" for _, pod in pods(rendered))
    assert all(each["metadata"].get("namespace", "shop") == "shop" for each in rendered)


def test_network_policies_select_existing_pods(rendered: list[Resource]) -> None:
    labels = [
        resource["spec"]["template"]["metadata"]["labels"]
        for resource in rendered
        if resource["kind"] in {"Deployment", "Job"}
    ]
    policies = named(rendered, "NetworkPolicy")
    assert policies
    for name, policy in policies.items():
        assert any(selects(policy["spec"]["podSelector"], each) for each in labels), name


def selects(selector: Resource, labels: dict[str, str]) -> bool:
    """Return whether a selector of Kubernetes selects a pod with these labels."""
    expressions = selector.get("matchExpressions", [])
    assert all(each["operator"] == "In" for each in expressions)
    return selector.get("matchLabels", {}).items() <= labels.items() and all(
        labels.get(each["key"]) in each["values"] for each in expressions
    )


def test_manifests_contain_no_secrets(written: list[Resource]) -> None:
    assert not named(written, "Secret")
    secret = {setting.variable for setting in DECLARED.values() if setting.mask}
    for name, pod in pods(written):
        for variable in pod["containers"][0]["env"]:
            assert (variable["name"] in secret) == ("secretKeyRef" in variable.get("valueFrom", {})), name


def test_pods_have_minimal_privileges(written: list[Resource]) -> None:
    for name, pod in pods(written):
        (container,) = pod["containers"]
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["securityContext"] == {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "runAsGroup": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        }, name
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name
        mounts = [mount["mountPath"] for mount in container.get("volumeMounts", [])]
        assert mounts == (["/tmp"] if name in WITH_TEMPORARY_FILES else []), name
        resources = container["resources"]
        assert resources["requests"].keys() == resources["limits"].keys() == {"cpu", "memory"}, name


def test_each_service_has_two_replicas_on_different_nodes(written: list[Resource]) -> None:
    deployments = named(written, "Deployment")
    assert deployments.keys() == SERVICES | {"worker"}
    assert named(written, "PodDisruptionBudget").keys() == deployments.keys()
    assert deployments["worker"]["spec"]["replicas"] == 2
    for name, autoscaler in named(written, "HorizontalPodAutoscaler").items():
        assert autoscaler["spec"]["minReplicas"] >= 2
        assert autoscaler["spec"]["scaleTargetRef"]["name"] == name
        assert "replicas" not in deployments[name]["spec"]  # each apply would undo the autoscaler's decision
    assert named(written, "HorizontalPodAutoscaler").keys() == named(written, "Service").keys() == SERVICES
    for deployment in deployments.values():
        spread = deployment["spec"]["template"]["spec"]["topologySpreadConstraints"]
        assert {each["topologyKey"] for each in spread} == {
            "kubernetes.io/hostname",
            "topology.kubernetes.io/zone",
        }


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_each_deployment_runs_one_service_with_health_checks(service: str, written: list[Resource]) -> None:
    (container,) = named(written, "Deployment")[service]["spec"]["template"]["spec"]["containers"]
    assert container["args"] == ["shop", "serve", "--services", service]
    assert container["livenessProbe"]["httpGet"]["path"] == "/health/live"
    assert container["readinessProbe"]["httpGet"]["path"] == "/health/ready"
    assert named(written, "Service")[service]["spec"]["selector"] == {"app.kubernetes.io/name": service}


def test_the_settings_of_each_pod_start_the_shop_without_warnings(
    written: list[Resource], tmp_path: Path
) -> None:
    secrets = {
        "SHOP_DATABASE_URL": "mysql://shop:hidden@db.example/shop",
        "SHOP_REDIS_URL": "rediss://:hidden@redis.example",
        "SHOP_JWT_SECRET": "k" * 32,
        "SHOP_SECRET_KEYS": "e" * 32,
        "SHOP_STRIPE_SECRET_KEY": "sk_test",
        "SHOP_STRIPE_WEBHOOK_SECRETS": "whsec",
    }
    settings = dict(
        pair.split("=", 1)
        for folder in (BASE, EXAMPLE)
        for pair in kustomization(folder)["configMapGenerator"][0]["literals"]
    )
    for name, pod in pods(written):
        container = pod["containers"][0]
        environment = settings if "envFrom" in container else {}
        given = {each["name"]: each.get("value") or secrets[each["name"]] for each in container["env"]}
        found = Configuration.read({**environment, **given}, tmp_path)
        assert found.warnings == (), name
        to_serve = container["args"] != ["shop", "migrate"]
        assert found.problems(to_serve=to_serve) == [], name
        warnings = found.warnings_to_serve() if to_serve else []
        assert [warning for warning in warnings if "SHOP_MAIL" not in warning] == [], name


STRIPE = {
    "payments": (Payments.STRIPE,),
    "stripe_secret_key": "sk_test",
    "stripe_webhook_secrets": ("whsec",),
}


@pytest.mark.parametrize("settings", [{}, STRIPE], ids=["sandbox", "stripe"])
def test_every_path_is_routed_to_its_service(settings: dict[str, Any], written: list[Resource]) -> None:
    (rule,) = named(written, "Ingress")["shop"]["spec"]["rules"]
    checked = controllers = 0
    for service in Service:
        container = assemble(settings=Settings(jwt_secret="k" * 32, **settings), storage=MemoryStorage())
        application = http_app(container, [service])
        controllers += sum(len(group) for _, group in controllers_of(container, [service]))
        for route in application.routes:
            if isinstance(route, HTTPRoute) and route.path.split("/")[1] not in IN_EVERY_SERVICE:
                assert service_of(rule, route.path) == service, route.path
                checked += 1
    assert checked > controllers  # a controller has several routes
    assert all(service_of(rule, path) is None for path in ("/metrics", "/health/ready", "/nothing"))


def service_of(rule: Resource, path: str) -> str | None:
    """Return the service to which the ingress sends a path."""
    exact = {each["path"]: each for each in rule["http"]["paths"] if each["pathType"] == "Exact"}
    prefixes = [each for each in rule["http"]["paths"] if each["pathType"] == "Prefix"]
    fitting = [each for each in prefixes if f"{path}/".startswith(f"{each['path']}/")]
    chosen = exact.get(path) or max(fitting, key=lambda each: len(each["path"]), default=None)
    return None if chosen is None else str(chosen["backend"]["service"]["name"])
