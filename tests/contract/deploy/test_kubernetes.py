"""The Kubernetes base: valid against the schemas of a Kubernetes version, restricted, and complete."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from drd.settings.loading import drill_seal, load_settings, store_place
from tests.architecture.source import ROOT
from tests.contract.deploy.manifests import BASE, container, documents, patched, started

OLDEST = 27
"""The minor version of kubectl whose kustomize takes folders among its resources, and more."""

MANIFESTS = sorted(path for path in BASE.glob("*.yaml") if path.name != "kustomization.yaml")
SHARED = BASE.parent / "postgresql"
FOLDERS = {"config": "catalogue/*.yaml", "runbooks": "*.yaml"}


def _kubectl() -> str | None:
    found = shutil.which("kubectl")
    if found is None:
        return None
    told = subprocess.run(
        [found, "version", "--client", "--output=json"], capture_output=True, text=True, check=False, timeout=60
    )
    version = json.loads(told.stdout or "{}").get("clientVersion", {})
    minor = re.match(r"\d+", version.get("minor", "0"))
    return found if version.get("major") == "1" and minor and int(minor[0]) >= OLDEST else None


KUBECTL = _kubectl()


def _validated(*paths: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("kubernetes-validate")), "--strict", "--quiet", *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def _generated(folder: str) -> Iterator[tuple[str, list[str]]]:
    for each in documents(ROOT / folder / "Kustomization")[0]["configMapGenerator"]:
        yield each["name"], list(each["files"])


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_each_manifest_is_valid(path: Path) -> None:
    """Strictly: an unknown field is a failure, because the cluster would drop it without a word."""
    done = _validated(path)

    assert done.returncode == 0, done.stdout + done.stderr


def test_an_unknown_field_would_be_seen(tmp_path: Path) -> None:
    """The validator refuses what the cluster would drop."""
    wrong = tmp_path / "deployment.yaml"
    text = (BASE / "deployment.yaml").read_text(encoding="utf-8")
    wrong.write_text(text.replace("readOnlyRootFilesystem", "readOnlyRootFileSystem"), encoding="utf-8")

    assert _validated(wrong).returncode != 0


def test_the_kustomization_names_exactly_the_files_that_are_there() -> None:
    """A manifest that nobody names is not deployed, and one that is not there stops everything."""
    named = documents(BASE / "kustomization.yaml")[0]["resources"]
    files = [each for each in named if each.endswith(".yaml")]
    folders = {str((BASE / each).resolve().relative_to(ROOT)) for each in named if not each.endswith(".yaml")}

    assert sorted(files) == [path.name for path in MANIFESTS]
    assert folders == set(FOLDERS)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_file_of_the_estate_is_in_a_config_map(folder: str) -> None:
    """A new catalogue or runbook must reach the pod; the settings are there too."""
    named = {file for _, files in _generated(folder) for file in files}
    there = {str(path.relative_to(ROOT / folder)) for path in (ROOT / folder).glob(FOLDERS[folder])}

    assert named - {"drd.yaml"} == there


def test_every_file_of_a_config_map_is_mounted_where_the_settings_look() -> None:
    """The pod sees the folders as an installation has them: settings, catalogue/, runbooks/."""
    volumes = documents(BASE / "deployment.yaml")[0]["spec"]["template"]["spec"]["volumes"]
    sources = next(each["projected"]["sources"] for each in volumes if "projected" in each)
    mounted = {item["path"] for each in sources for item in each["configMap"].get("items", [{"path": "drd.yaml"}])}
    wanted = {file for _, files in _generated("config") for file in files}
    wanted |= {f"runbooks/{file}" for _, files in _generated("runbooks") for file in files}

    assert mounted == wanted


class TestRendered:
    """What kustomize makes of it."""

    pytestmark = [  # noqa: RUF012 - pytest wants a list
        pytest.mark.place("a host with kubectl 1.27 or newer; Debian 12 has an older one"),
        pytest.mark.skipif(KUBECTL is None, reason="kubectl is not installed, or too old"),
    ]

    def test_the_whole_is_valid(self, tmp_path: Path) -> None:
        """Rendered, with its generated ConfigMaps, each object is valid and in the namespace."""
        rendered = subprocess.run(
            [KUBECTL or "", "kustomize", str(BASE)], capture_output=True, text=True, check=False, timeout=60
        )
        whole = tmp_path / "whole.yaml"
        whole.write_text(rendered.stdout, encoding="utf-8")
        done = _validated(whole)
        objects = documents(whole)

        assert rendered.returncode == 0, rendered.stderr
        assert done.returncode == 0, done.stdout + done.stderr
        assert {each["metadata"].get("namespace") for each in objects if each["kind"] != "Namespace"} == {"drd"}

    def test_a_change_of_a_config_map_restarts_the_daemon(self) -> None:
        """The pod names the ConfigMaps by their content."""
        rendered = subprocess.run(
            [KUBECTL or "", "kustomize", str(BASE)], capture_output=True, text=True, check=True, timeout=60
        ).stdout
        made = {line.split()[-1] for line in rendered.splitlines() if line.startswith("  name: drd-") and "-" in line}

        assert {name for name in made if rendered.count(f"name: {name}\n") > 1} >= {
            name for name in made if name.startswith(("drd-settings-", "drd-catalogue-", "drd-runbooks-"))
        }


def test_t28_the_pod_is_restricted() -> None:
    """Every field that the restricted profile asks for, and a file system that cannot be written."""
    spec = documents(BASE / "deployment.yaml")[0]["spec"]["template"]["spec"]
    pod, own = spec["securityContext"], container()["securityContext"]

    assert pod["runAsNonRoot"] is True
    assert pod["runAsUser"] > 0
    assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
    assert own["allowPrivilegeEscalation"] is False
    assert own["capabilities"] == {"drop": ["ALL"]}
    assert own["readOnlyRootFilesystem"] is True
    assert spec["automountServiceAccountToken"] is False
    assert {key for each in spec["volumes"] for key in each} <= {
        "name", "persistentVolumeClaim", "emptyDir", "projected", "secret"
    }  # fmt: skip


def test_t28_the_reapers_pod_is_restricted_and_has_an_account_of_its_own() -> None:
    """As the daemon's; it never runs twice, and passes more often than each quarter of an hour."""
    job = next(each for each in documents(BASE / "reaper.yaml") if each["kind"] == "CronJob")["spec"]
    spec = job["jobTemplate"]["spec"]["template"]["spec"]
    (only,) = spec["containers"]

    assert (job["schedule"], job["concurrencyPolicy"]) == ("*/5 * * * *", "Forbid")
    assert (
        spec["serviceAccountName"]
        != documents(BASE / "deployment.yaml")[0]["spec"]["template"]["spec"]["serviceAccountName"]
    )
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert only["securityContext"] == container()["securityContext"]
    assert spec["automountServiceAccountToken"] is False
    assert only["command"][:2] == [started()[0], "reaper"]


def test_daemon_and_reaper_read_the_same_key_of_the_drill_seal(tmp_path: Path) -> None:
    """From one secret, each with its own group's right to it, where the settings look; else no group would ever go."""
    job = next(each for each in documents(BASE / "reaper.yaml") if each["kind"] == "CronJob")["spec"]
    pods = [
        documents(BASE / "deployment.yaml")[0]["spec"]["template"]["spec"],
        job["jobTemplate"]["spec"]["template"]["spec"],
    ]
    secret = tmp_path / "key"
    secret.write_text("k" * 44, encoding="utf-8")
    seals = []
    for pod in pods:
        (only,) = pod["containers"]
        (volume,) = [each for each in pod["volumes"] if "secret" in each]
        (mount,) = [each["mountPath"] for each in only["volumeMounts"] if each["name"] == volume["name"]]
        variables = {each["name"]: each["value"] for each in only["env"]}
        assert pod["securityContext"]["fsGroup"] == pod["securityContext"]["runAsGroup"]
        assert volume["secret"] == {"secretName": "drd-seal", "defaultMode": 0o440}
        assert variables["DRD_DRILLS_SEAL_KEY_FILE"] == f"{mount}/key"
        variables["DRD_DRILLS_SEAL_KEY_FILE"] = str(secret)
        seals.append(drill_seal(load_settings(ROOT / "config" / "drd.yaml", variables)))

    assert None not in seals
    assert seals[0] == seals[1]


def test_there_is_never_a_second_daemon_on_one_disk() -> None:
    """One pod, and the old one gone before the new one starts."""
    spec = documents(BASE / "deployment.yaml")[0]["spec"]

    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


def test_several_daemons_share_a_database_and_no_disk(tmp_path: Path) -> None:
    """The overlay's patches fit the base, and what they make is valid: two pods, PostgreSQL, nothing on a volume."""
    patches = documents(SHARED / "kustomization.yaml")[0]["patches"]
    made = {}
    for kind, file in (("Deployment", "deployment.yaml"), ("NetworkPolicy", "network-policy.yaml")):
        (patch,) = [each["patch"] for each in patches if each.get("target", {}).get("kind") == kind]
        made[kind] = patched(documents(BASE / file)[0], YAML(typ="safe", pure=True).load(patch))
        (tmp_path / file).write_text(json.dumps(made[kind]), encoding="utf-8")
    deleted = [YAML(typ="safe", pure=True).load(each["patch"]) for each in patches if "target" not in each]
    done = _validated(SHARED / "disruption-budget.yaml", *tmp_path.iterdir())

    spec = made["Deployment"]["spec"]
    pod = spec["template"]["spec"]
    assert done.returncode == 0, done.stdout + done.stderr
    assert (spec["replicas"], spec["strategy"]["type"]) == (2, "RollingUpdate")
    assert not any("persistentVolumeClaim" in volume for volume in pod["volumes"])
    assert [(each["$patch"], each["kind"], each["metadata"]["name"]) for each in deleted] == [
        ("delete", "PersistentVolumeClaim", "drd-state")
    ]
    ports = {port["port"] for rule in made["NetworkPolicy"]["spec"]["egress"] for port in rule["ports"]}
    assert ports == {53, 443, 5432}


def test_the_overlay_names_settings_that_there_are(tmp_path: Path) -> None:
    """The variables override the base's own settings file, and the daemon would open the database."""
    patches = documents(SHARED / "kustomization.yaml")[0]["patches"]
    (patch,) = [each["patch"] for each in patches if each.get("target", {}).get("kind") == "Deployment"]
    made = patched(documents(BASE / "deployment.yaml")[0], YAML(typ="safe", pure=True).load(patch))
    (only,) = made["spec"]["template"]["spec"]["containers"]
    variables = {each["name"]: each["value"] for each in only["env"] if each["name"].startswith("DRD_STORE")}
    secret = tmp_path / "password"
    secret.write_text("a/b@c", encoding="utf-8")
    variables["DRD_STORE_POSTGRESQL_PASSWORD_FILE"] = str(secret)

    settings = load_settings(ROOT / "config" / "drd.yaml", variables)

    assert settings.findings == ()
    assert store_place(settings) == (
        "postgresql://drd:a%2Fb%40c@drd-postgresql.example:5432/drd"
        "?sslmode=verify-full&sslrootcert=%2Frun%2Fsecrets%2Fdrd%2Fauthority.pem"
    )


def test_the_probes_ask_what_the_daemon_answers() -> None:
    """Startup, liveness and readiness, on the port of the metrics."""
    asked = {name: container()[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")}

    assert {name: each["path"] for name, each in asked.items()} == {
        "startup": "/healthz/startup",
        "liveness": "/healthz/live",
        "readiness": "/healthz/ready",
    }
    assert {each["port"] for each in asked.values()} == {"metrics"}
