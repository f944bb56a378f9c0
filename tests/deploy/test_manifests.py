"""deploy/compose and deploy/kubernetes: their schemas, and that what they name exists. No cluster
and no Docker is asked. Each test name is the rule.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from dotenv import dotenv_values
from support.corpus import ROOT, tiny_index
from support.haproxy import CONFIGURATION as HAPROXY

from qa_service.settings import PREFIX, Settings, key_of, load_settings
from qa_service.web.stopping import STOP_S

COMPOSE = ROOT / "deploy" / "compose" / "compose.yaml"
KUBERNETES = ROOT / "deploy" / "kubernetes"
MANIFESTS = sorted(KUBERNETES.glob("*.yaml"))
KUSTOMIZATION = KUBERNETES / "kustomization.yaml"
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
OLDEST = "1.30.0"
"""Of Kubernetes, for which the manifests are valid."""

Json = dict[str, Any]


def _valid(*command: str) -> None:
    done = subprocess.run((sys.executable, "-m", *command), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def _manifests() -> Iterator[Json]:
    for path in MANIFESTS:
        if path != KUSTOMIZATION:
            yield from yaml.safe_load_all(path.read_text("utf-8"))


def _of(kind: str, name: str = "qa-service") -> Json:
    [found] = [
        one for one in _manifests() if one["kind"] == kind and one["metadata"]["name"] == name
    ]
    return found


def _pod() -> Json:
    pod: Json = _of("Deployment")["spec"]["template"]
    return pod


def _container() -> Json:
    [container] = _pod()["spec"]["containers"]
    return container  # type: ignore[no-any-return]


def _compose() -> Json:
    loaded: Json = yaml.safe_load(COMPOSE.read_text("utf-8"))
    return loaded


def _replicas() -> list[Json]:
    return [one for name, one in _compose()["services"].items() if name.startswith("replica")]


# Schemas


def test_the_compose_file_is_valid() -> None:
    _valid("check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE))


@pytest.mark.parametrize("version", [(), ("-k", OLDEST)], ids=["newest", OLDEST])
def test_the_manifests_are_valid_and_hold_nothing_unknown(version: tuple[str, ...]) -> None:
    paths = [str(path) for path in MANIFESTS if path != KUSTOMIZATION]
    _valid("kubernetes_validate", *version, "--strict", *paths)


def test_all_manifests_but_the_example_of_secrets_are_applied() -> None:
    applied = yaml.safe_load(KUSTOMIZATION.read_text("utf-8"))["resources"]
    others = {KUSTOMIZATION.name, "secret.example.yaml"}
    assert set(applied) == {path.name for path in MANIFESTS} - others


# What they name


@pytest.mark.parametrize(
    "path", [*MANIFESTS, COMPOSE, COMPOSE.with_name("example.env"), HAPROXY], ids=lambda p: p.name
)
def test_settings_that_they_name_exist(path: Path) -> None:
    named = set(re.findall(rf"^\s*({PREFIX}[A-Z_]+):?[ =]", path.read_text("utf-8"), re.MULTILINE))
    assert named <= set(map(key_of, Settings.model_fields))


def _environment(values: Json) -> dict[str, str]:
    return {key: str(value) for key, value in values.items()}


def _cluster() -> dict[str, str]:
    secret = _of("Secret")["stringData"] | {"QA_SESSION_SECRET": "x" * 32}
    return _environment(_of("ConfigMap")["data"] | secret)


def _machine() -> dict[str, str]:
    given = {"SITE_NAME": "qa.example.gov.ua", "SESSION_SECRET": "x" * 32, "POSTGRES_PASSWORD": "x"}
    named = (r"\$\{(\w+)[^}]*\}", lambda found: given[found[1]])
    [environment, *others] = [one["environment"] for one in _replicas()]
    assert others and all(one == environment for one in others)
    return {key: re.sub(*named, str(value)) for key, value in environment.items()}


@pytest.mark.parametrize("environment", [_cluster, _machine])
def test_the_service_starts_with_what_they_set(
    environment: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from qa_service.bootstrap import web_dependencies

    for key, value in environment().items():
        monkeypatch.setenv(key, value)
    settings = load_settings()
    own = tiny_index(tmp_path).model_dump(include={"index", "model", "keys"})
    web_dependencies(settings.model_copy(update=own)).service.close(0)
    assert settings.session_secret.get_secret_value() and settings.metrics_port
    for store in (settings.rate_limit_store, settings.channels_state, settings.session_store):
        assert store.get_secret_value().startswith("valkey://")


def test_probes_ask_what_is_alive_and_what_is_ready_by_a_name_of_the_service() -> None:
    container, names = _container(), _of("ConfigMap")["data"]["QA_ALLOWED_HOSTS"].split(",")
    probes = {kind: container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "readiness")}
    probes["liveness"] = container["livenessProbe"]["httpGet"]
    paths = {kind: one["path"] for kind, one in probes.items()}
    assert paths == {"startup": "/readyz", "readiness": "/readyz", "liveness": "/healthz"}
    for one in probes.values():
        assert one["port"] == "http" and one["httpHeaders"][0]["value"] in names
    assert "GET uri /readyz " in HAPROXY.read_text("utf-8")
    assert _machine()["QA_ALLOWED_HOSTS"].split(",") == ["qa.example.gov.ua", "127.0.0.1"]


def test_ports_are_those_of_the_image() -> None:
    ports = {one["name"]: one["containerPort"] for one in _container()["ports"]}
    assert ports["http"] == Settings.model_fields["port"].default
    assert f"EXPOSE {ports['http']}\n" in DOCKERFILE
    assert str(ports["metrics"]) == _of("ConfigMap")["data"]["QA_METRICS_PORT"]
    [service] = _of("Service")["spec"]["ports"]
    policy = _of("NetworkPolicy")["spec"]["ingress"]
    assert service["targetPort"] == "http"
    assert [one["ports"][0]["port"] for one in policy] == ["http", "metrics"]


def test_replicas_behind_haproxy_are_the_services_of_the_compose_file() -> None:
    named = re.findall(r"^    server (\w+) (\w+):8000", HAPROXY.read_text("utf-8"), re.MULTILINE)
    services = sorted(name for name in _compose()["services"] if name.startswith("replica"))
    assert [first for first, _ in named] == [second for _, second in named] == services * 2


def test_an_example_of_what_the_compose_file_asks_for_names_all_of_it() -> None:
    asked = set(re.findall(r"\$\{(\w+)", COMPOSE.read_text("utf-8")))
    assert asked == set(dotenv_values(COMPOSE.with_name("example.env")))


def test_whatever_selects_pods_selects_those_of_the_deployment() -> None:
    labels = _pod()["metadata"]["labels"]
    spread = [one["labelSelector"] for one in _pod()["spec"]["topologySpreadConstraints"]]
    selectors = [
        *(_of(kind)["spec"]["selector"] for kind in ("Deployment", "PodDisruptionBudget")),
        _of("NetworkPolicy")["spec"]["podSelector"],
        *spread,
    ]
    assert all(one == {"matchLabels": labels} for one in selectors)
    assert _of("Service")["spec"]["selector"] == labels
    target = _of("HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("Deployment", _of("Deployment")["metadata"]["name"])


def test_what_a_container_mounts_and_reads_is_there() -> None:
    volumes = {one["name"] for one in _pod()["spec"]["volumes"]}
    mounted = {one["name"]: one["mountPath"] for one in _container()["volumeMounts"]}
    assert set(mounted) == volumes
    keys = Path(_of("ConfigMap")["data"]["QA_KEYS"])
    assert str(keys.parent) == mounted["keys"]
    assert keys.name in _of("Secret", "qa-service-keys")["stringData"]
    assert "VOLUME /data" in DOCKERFILE and mounted["data"] == "/data"
    sources = [name for one in _container()["envFrom"] for name in one.values()]
    assert sources == [{"name": "qa-service"}] * 2


# What a replica may do


def test_a_pod_is_nobody_and_changes_nothing() -> None:
    pod, container = _pod()["spec"], _container()["securityContext"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert f"USER {pod['securityContext']['runAsUser']}:" in DOCKERFILE
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["readOnlyRootFilesystem"] is True
    assert container["allowPrivilegeEscalation"] is False
    assert container["capabilities"] == {"drop": ["ALL"]}
    assert pod["automountServiceAccountToken"] is False
    assert _of("ServiceAccount")["automountServiceAccountToken"] is False


def test_a_container_of_the_compose_file_is_nobody_and_changes_nothing() -> None:
    for replica in _replicas():
        assert replica["user"] and replica["read_only"] is True and replica["cap_drop"] == ["ALL"]
        assert replica["security_opt"] == ["no-new-privileges:true"] and "ports" not in replica


def test_no_cluster_adds_variables_that_look_like_settings() -> None:
    """A service named qa-service would, and unknown settings stop the start."""
    assert _pod()["spec"]["enableServiceLinks"] is False


def test_a_process_has_the_time_that_it_takes_to_end() -> None:
    pod = _pod()["spec"]
    waits = int(_container()["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod["terminationGracePeriodSeconds"] > waits + STOP_S
    assert all(int(one["stop_grace_period"].rstrip("s")) > STOP_S for one in _replicas())


def test_a_rolling_update_takes_no_pod_away_before_another_is_ready() -> None:
    assert _of("Deployment")["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert _of("HorizontalPodAutoscaler")["spec"]["minReplicas"] >= 3
    assert _of("PodDisruptionBudget")["spec"]["maxUnavailable"] == 1
