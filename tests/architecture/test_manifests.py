"""What the manifests of Kubernetes say fits together and fits the service; `make lint` checks the schemas."""

from __future__ import annotations

import stat
import subprocess
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from license_service.adapters.cursor_key_ring import cursor_key_ring
from license_service.adapters.log_key_files import BLIND_INDEX_KEY, read_secret
from license_service.adapters.log_key_ring import LogKeyRing
from license_service.api.access import SCOPES
from license_service.clock import FixedClock, SystemClock
from license_service.settings import PREFIX, Settings

_FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "kubernetes"
_KUSTOMIZATION = yaml.safe_load((_FOLDER / "kustomization.yaml").read_text())
_BY_OPERATOR = {"license-service", "license-service-keys", "license-service-tls"}
"""Secrets that docs/operations.md tells to make: none is in the repository."""
_PATHS = {"/livez": "operations.livez", "/readyz": "operations.readyz"}


def _all() -> list[dict[str, Any]]:
    texts = [(_FOLDER / name).read_text() for name in _KUSTOMIZATION["resources"]]
    return [document for text in texts for document in yaml.safe_load_all(text)]


def _of_kind(kind: str) -> dict[str, dict[str, Any]]:
    return {d["metadata"]["name"]: d for d in _all() if d["kind"] == kind}


def _pods() -> dict[str, dict[str, Any]]:
    owners = [*_of_kind("Deployment").values(), *_of_kind("Job").values()]
    return {owner["metadata"]["name"]: owner["spec"]["template"] for owner in owners}


def _containers() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for pod in _pods().values():
        for container in [*pod["spec"]["initContainers"], *pod["spec"]["containers"]]:
            yield pod["spec"], container


def _labels_match(selector: dict[str, str], labels: dict[str, str]) -> bool:
    return bool(selector) and selector.items() <= labels.items()


def test_every_file_is_listed() -> None:
    assert {p.name for p in _FOLDER.glob("*.yaml")} == {"kustomization.yaml", *_KUSTOMIZATION["resources"]}


def test_as_many_run_as_a_service_of_many_machines_has() -> None:
    replicas = {name: item["spec"]["replicas"] for name, item in _of_kind("Deployment").items()}
    assert replicas == {"license-service-api": 3, "license-service-worker": 4}


def test_every_setting_exists() -> None:
    names = _of_kind("ConfigMap")["license-service"]["data"].keys()
    assert names <= {f"{PREFIX}{name.upper()}" for name in Settings.__dataclass_fields__}


def test_every_image_is_one_that_is_set() -> None:
    images = {container["image"] for _, container in _containers()}
    assert images == {image["name"] for image in _KUSTOMIZATION["images"]}


def test_every_map_secret_claim_and_volume_exists() -> None:
    maps, claims = _of_kind("ConfigMap").keys(), _of_kind("PersistentVolumeClaim").keys()
    for pod, container in _containers():
        assert {mount["name"] for mount in container["volumeMounts"]} <= {v["name"] for v in pod["volumes"]}
        for source in container.get("envFrom", []):
            assert source.get("configMapRef", {}).get("name", "license-service") in maps
            assert source.get("secretRef", {}).get("name", "license-service") in _BY_OPERATOR
        for volume in pod["volumes"]:
            assert volume.get("configMap", {}).get("name", "copy-keys") in maps
            assert volume.get("secret", {}).get("secretName", "license-service") in _BY_OPERATOR
            assert volume.get("persistentVolumeClaim", {}).get("claimName", "published-log") in claims


def test_folders_of_the_settings_are_mounted() -> None:
    settings = _of_kind("ConfigMap")["license-service"]["data"]
    for pod in _pods().values():
        (container,) = pod["spec"]["containers"]
        mounted = {mount["mountPath"] for mount in container["volumeMounts"]}
        assert settings[f"{PREFIX}LOG_DIR"] in mounted
        assert str(Path(settings[f"{PREFIX}PRIVATE_DIR"]).parent) in mounted


def test_probes_ask_for_routes_that_are_open() -> None:
    (container,) = _pods()["license-service-api"]["spec"]["containers"]
    ports = {port["name"] for port in container["ports"]}
    for name in ("startupProbe", "livenessProbe", "readinessProbe"):
        probe = container[name]["httpGet"]
        assert probe["port"] in ports
        assert SCOPES[_PATHS[probe["path"]]] is None
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"  # a dead database takes it out of turn
    assert container["livenessProbe"]["httpGet"]["path"] == "/livez"  # and does not have it killed


def test_every_selector_finds_somebody() -> None:
    pods = [pod["metadata"]["labels"] for pod in _pods().values()]
    budgets = [b["spec"]["selector"]["matchLabels"] for b in _of_kind("PodDisruptionBudget").values()]
    networks = [n["spec"]["podSelector"]["matchLabels"] for n in _of_kind("NetworkPolicy").values()]
    services = [service["spec"]["selector"] for service in _of_kind("Service").values()]
    for selector in [*budgets, *networks, *services]:
        assert any(_labels_match(selector, labels) for labels in pods), selector
    for name, item in _of_kind("Deployment").items():
        assert _labels_match(item["spec"]["selector"]["matchLabels"], _pods()[name]["metadata"]["labels"])


def test_every_pod_is_kept_from_the_network_unless_it_is_said() -> None:
    (everybody,) = [n for n in _of_kind("NetworkPolicy").values() if not n["spec"]["ingress"]]
    selector = everybody["spec"]["podSelector"]["matchLabels"]
    assert all(_labels_match(selector, pod["metadata"]["labels"]) for pod in _pods().values())


def test_the_entrance_leads_to_a_service_and_keeps_metrics_and_probes_in() -> None:
    service = _of_kind("Service")["license-service"]["spec"]
    (rule,) = _of_kind("Ingress")["license-service"]["spec"]["rules"]
    for path in rule["http"]["paths"]:
        target = path["backend"]["service"]
        assert (target["name"], target["port"]["name"]) == ("license-service", service["ports"][0]["name"])
    assert {path["path"] for path in rule["http"]["paths"]}.isdisjoint({"/", "/metrics", *_PATHS})


def test_nobody_is_root_or_writes_beside_the_code() -> None:
    for pod, container in _containers():
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def _copied(folder: Path, left_out: str = "") -> tuple[int, Path]:
    """Run the script of the init container on a Secret of keys; return its status and where they went."""
    script = _of_kind("ConfigMap")["copy-keys"]["data"]["copy-keys.sh"]
    made, private = folder / "made", folder / "keys" / "private"
    read_secret(made, BLIND_INDEX_KEY)
    clock = FixedClock(datetime(2026, 1, 5, tzinfo=UTC))
    cursors, later = cursor_key_ring(made, clock), clock.now() + timedelta(days=1)
    old = cursors.records()[0].id
    cursors.add(cursors.draw(later))
    cursors.retire(old, later)
    cursors.destroy(old)
    LogKeyRing(made, "test.invalid/log", SystemClock()).signer()
    for file in made.glob(left_out) if left_out else ():
        file.unlink()
    (folder / "secret").mkdir()
    private.mkdir(parents=True)  # of a pod that was restarted
    with tarfile.open(folder / "secret" / "keys.tar", "w") as archive:
        archive.add(made, ".", filter=_open_to_all)
    here = script.replace("/keys/", f"{folder}/keys/").replace("/secret/", f"{folder}/secret/")
    return subprocess.run(["sh", "-c", here], check=False, capture_output=True).returncode, private


def _open_to_all(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mode = 0o777
    return member


def test_keys_are_copied_so_that_nobody_else_may_read_them(tmp_path: Path) -> None:
    status, private = _copied(tmp_path)
    assert status == 0
    for path in [private, *private.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    made = tmp_path / "made"
    assert (
        cursor_key_ring(private, SystemClock()).readable() == cursor_key_ring(made, SystemClock()).readable()
    )
    assert not (private / "cursor.key").exists()  # that of the first start is destroyed


@pytest.mark.parametrize("file", [BLIND_INDEX_KEY, "cursor/*/key"])
def test_a_replica_without_the_shared_keys_does_not_make_its_own(tmp_path: Path, file: str) -> None:
    status, _ = _copied(tmp_path, left_out=file)
    assert status != 0
