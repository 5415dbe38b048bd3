"""Rules in every form that ships are the same rules; the samples beside them can be loaded."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import _jsonnet
import pytest
from ruamel.yaml import YAML

from drd.daemon.shipped import one_file_of_rules, rules
from tests.architecture.source import ROOT
from tests.contract.deploy.manifests import BASE, container, documents
from tests.contract.deploy.test_kubernetes import KUBECTL
from tests.document.prometheus_rule import PLACE, RULES, manifest

PROMETHEUS = ROOT / "deploy" / "prometheus"
MONITORING = PLACE.parent
BOARDS = ROOT / "deploy" / "grafana" / "dashboards"
PROMTOOL, AMTOOL = shutil.which("promtool"), shutil.which("amtool")

WITH_PROMTOOL = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
PROMTOOLS_PLACE = pytest.mark.place("a Debian host with the package prometheus; .ci/run installs it")
WITH_AMTOOL = pytest.mark.skipif(AMTOOL is None, reason="amtool is not installed")
AMTOOLS_PLACE = pytest.mark.place("a Debian host with the package prometheus-alertmanager; .ci/run installs it")


def _groups() -> list[dict[str, Any]]:
    return [group for path in RULES for group in documents(path)[0]["groups"]]


def _run(*command: str | None, given: str | None = None) -> subprocess.CompletedProcess[str]:
    words = [word or "" for word in command]
    return subprocess.run(words, input=given, capture_output=True, text=True, check=False, timeout=60)


def test_the_manifest_holds_the_rules() -> None:
    """Written anew with `python -m tests.document.prometheus_rule`."""
    assert PLACE.read_text(encoding="utf-8") == manifest()
    assert documents(PLACE)[0]["spec"]["groups"] == _groups()


def test_the_mixin_holds_the_rules() -> None:
    """As jsonnet reads it."""
    # A mixin hides its fields until they are asked for.
    asked = "local all = import 'mixin.libsonnet'; [all.prometheusRules, all.prometheusAlerts, all.grafanaDashboards]"
    read = _jsonnet.evaluate_snippet(str(PROMETHEUS / "asked.jsonnet"), asked)
    recorded, alerts, boards = json.loads(read)

    assert recorded["groups"] + alerts["groups"] == _groups()
    assert boards == {path.name: json.loads(path.read_text(encoding="utf-8")) for path in BOARDS.glob("*.json")}


def test_what_is_scraped_on_kubernetes_is_the_daemon() -> None:
    """The monitor finds the service by its labels, and makes of them the job that the rules look for."""
    monitor = documents(MONITORING / "service-monitor.yaml")[0]["spec"]
    service = documents(BASE / "service.yaml")[0]
    (endpoint,) = monitor["endpoints"]

    assert monitor["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert service["metadata"]["labels"][monitor["jobLabel"]] == "drd"
    assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]} & {
        port["name"] for port in container()["ports"]
    }
    assert documents(MONITORING / "kustomization.yaml")[0]["resources"] == sorted(
        (path.name for path in MONITORING.glob("*.yaml") if path.name != "kustomization.yaml"), reverse=True
    )


class TestTools:
    """What the tools say of it."""

    @pytest.mark.place("a host with kubectl 1.27 or newer; Debian 12 has an older one")
    @pytest.mark.skipif(KUBECTL is None, reason="kubectl is not installed, or too old")
    def test_the_component_adds_itself_to_an_overlay(self, tmp_path: Path) -> None:
        """Rule and monitor land in the namespace of drd; nothing of the rules is lost on the way."""
        # Roots are relative in a kustomization, and what lies above must not be asked for by its own name.
        overlay = tmp_path / "deploy" / "kubernetes" / "mine"
        for folder in ("config", "runbooks", "deploy/kubernetes"):
            shutil.copytree(ROOT / folder, tmp_path / folder)
        overlay.mkdir()
        (overlay / "kustomization.yaml").write_text(
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: drd\n"
            "resources: [../base]\ncomponents: [../monitoring]\n",
            encoding="utf-8",
        )
        done = _run(KUBECTL, "kustomize", str(overlay))
        made = {each["kind"]: each for each in YAML(typ="safe", pure=True).load_all(done.stdout)}

        assert done.returncode == 0, done.stderr
        assert made["ServiceMonitor"]["metadata"]["namespace"] == "drd"
        assert made["PrometheusRule"]["spec"]["groups"] == _groups()

    @PROMTOOLS_PLACE
    @WITH_PROMTOOL
    @pytest.mark.parametrize("form", ["manifest", "one file"])
    def test_each_form_is_one_that_prometheus_takes(self, form: str, tmp_path: Path) -> None:
        """Group names are unique in it, too."""
        texts = {"manifest": json.dumps(documents(PLACE)[0]["spec"]), "one file": one_file_of_rules(rules())}
        file = tmp_path / "rules.yaml"
        file.write_text(texts[form], encoding="utf-8")
        done = _run(PROMTOOL, "check", "rules", str(file))

        assert done.returncode == 0, done.stdout + done.stderr
        assert f"{sum(len(group['rules']) for group in _groups())} rules found" in done.stdout

    @PROMTOOLS_PLACE
    @WITH_PROMTOOL
    def test_the_sample_for_prometheus_can_be_loaded(self) -> None:
        """And it names the rules beside it, and the job that they look for."""
        done = _run(PROMTOOL, "check", "config", str(PROMETHEUS / "prometheus.yaml"))

        assert done.returncode == 0, done.stdout + done.stderr
        assert [each["job_name"] for each in documents(PROMETHEUS / "prometheus.yaml")[0]["scrape_configs"]] == ["drd"]

    @AMTOOLS_PLACE
    @WITH_AMTOOL
    @pytest.mark.parametrize(
        ("labels", "receiver"),
        [
            ("alertname=DrdNotReady severity=critical tenant=voorbeeld", "voorbeeld-on-call"),
            ("alertname=DrdDrillOverdue severity=warning tenant=voorbeeld", "voorbeeld-mail"),
            ("alertname=DrdRunbookChangedSinceDrill severity=info tenant=voorbeeld", "board"),
            ("alertname=DrdDown severity=critical", "platform-on-call"),
            ("alertname=DrdArmErrors severity=warning", "platform-mail"),
            ("alertname=DrdWatchdog severity=none", "dead-mans-switch"),
        ],
    )
    def test_the_sample_for_alertmanager_sends_each_where_it_should_go(self, labels: str, receiver: str) -> None:
        """By severity and tenant."""
        sample = str(PROMETHEUS / "alertmanager.yaml")
        done = _run(AMTOOL, "config", "routes", "test", f"--config.file={sample}", *labels.split())

        assert (done.returncode, done.stdout.strip()) == (0, receiver), done.stderr

    @AMTOOLS_PLACE
    @WITH_AMTOOL
    def test_the_sample_for_alertmanager_can_be_loaded(self) -> None:
        """By its own tool."""
        done = _run(AMTOOL, "check-config", str(PROMETHEUS / "alertmanager.yaml"))

        assert done.returncode == 0, done.stdout + done.stderr


class TestInhibition:
    """What is held back while something worse is known."""

    def test_every_rule_is_about_alerts_that_there_are(self) -> None:
        """And compares labels that they have, or the alert itself."""
        named = {rule["alert"] for group in _groups() for rule in group["rules"] if "alert" in rule}
        for rule in _inhibitions():
            for matcher in (*rule["source_matchers"], *rule["target_matchers"]):
                label, value = _split(matcher)
                if label == "alertname":
                    assert any(re.fullmatch(value, name) for name in named), matcher

    @pytest.mark.parametrize(
        ("source", "target", "held"),
        [
            ("DrdDown critical", "DrdRecoveryPointObjectiveBreached critical tenant=a service=s", True),
            ("DrdDown critical", "DrdRunPausedByFailure critical tenant=a runbook=r", True),
            ("DrdDown warning instance=x", "DrdRunPausedByFailure critical tenant=a runbook=r", False),
            ("DrdDown critical", "DrdNoExporter critical", True),
            ("DrdDown critical", "DrdWatchdog none", False),
            ("DrdDown critical", "DrdAuditChainBroken critical", False),
            ("DrdNoExporter critical", "DrdNotReady warning tenant=a service=s", True),
            (
                "DrdCollectorStale warning tenant=a",
                "DrdRecoveryPointObjectiveBreached critical tenant=a service=s",
                True,
            ),
            (
                "DrdCollectorStale warning tenant=a",
                "DrdRecoveryPointObjectiveBreached critical tenant=b service=s",
                False,
            ),
            ("DrdCollectorStale warning tenant=a", "DrdRunPausedByFailure critical tenant=a runbook=r", False),
            (
                "DrdReplicationUnhealthy critical tenant=a item=i",
                "DrdReplicationUnhealthy warning tenant=a item=i",
                True,
            ),
            (
                "DrdReplicationUnhealthy critical tenant=a item=i",
                "DrdReplicationUnhealthy warning tenant=a item=j",
                False,
            ),
            (
                "DrdVaultSafeguardOff critical tenant=a vault=v safeguard=immutability",
                "DrdVaultSafeguardOff warning tenant=a vault=v safeguard=multi_user_authorization",
                False,
            ),
            (
                "DrdVaultSafeguardOff critical tenant=a vault=v safeguard=immutability",
                "DrdVaultSafeguardOff warning tenant=a vault=w safeguard=cross_region_restore",
                False,
            ),
            (
                "DrdRunDeadlinePassed critical tenant=a runbook=r",
                "DrdRunBudgetAtRisk critical tenant=a runbook=r",
                True,
            ),
        ],
    )
    def test_what_is_worse_holds_back_what_follows_from_it(self, source: str, target: str, held: bool) -> None:
        """Of the same municipality, and never the watchdog, nor what has another cause."""
        worse, other = _labels(source), _labels(target)

        assert any(_holds(rule, worse, other) for rule in _inhibitions()) is held


def _inhibitions() -> list[dict[str, Any]]:
    return list(documents(PROMETHEUS / "alertmanager.yaml")[0]["inhibit_rules"])


def _labels(told: str) -> dict[str, str]:
    name, severity, *others = told.split()
    return {"alertname": name, "severity": severity, **dict(other.split("=") for other in others)}


def _split(matcher: str) -> tuple[str, str]:
    label, sign, value = re.fullmatch(r'(\w+)(=~?)"(.*)"', matcher).groups()  # type: ignore[union-attr]  # else it fails
    return label, value if sign == "=~" else re.escape(value)


def _holds(rule: dict[str, Any], source: dict[str, str], target: dict[str, str]) -> bool:
    """Judge as Alertmanager does: a label that both lack is equal."""
    fits = all(
        re.fullmatch(value, labels.get(label, ""))
        for labels, matchers in ((source, rule["source_matchers"]), (target, rule["target_matchers"]))
        for label, value in map(_split, matchers)
    )
    return fits and all(source.get(label) == target.get(label) for label in rule.get("equal", ()))
