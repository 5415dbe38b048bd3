"""How runbooks become plans."""

import os
import pathlib
from datetime import timedelta
from hashlib import sha256

import pytest

from drd.domain.call import Call
from drd.domain.errors import InvalidError, NotFoundError
from drd.domain.estate import Service
from drd.domain.ids import RunbookId, TenantId
from drd.domain.plan import Mode, OnFailure, Phase, RecoveryPlan, Ungraceful
from drd.domain.plan_json import plan_from_json
from drd.ports.runbooks import PlanWish
from drd.runbook.shelf import Shelf
from drd.settings.services import CatalogueServices
from tests.fakes.vocabulary import fake_vocabulary
from tests.unit.runbook.small_shelf import HEAD, PARENT, item, shelf, tenant, wish


def refused(kept: Shelf, wanted: PlanWish) -> tuple[str, ...]:
    """Give the faults of a plan that cannot be made."""
    with pytest.raises(InvalidError) as error:
        kept.plan(wanted)
    return error.value.faults


def needs(plan: RecoveryPlan) -> dict[str, tuple[str, ...]]:
    """Give what each step waits for."""
    return {step.id: step.needs for step in plan.steps}


def test_a_for_each_makes_one_step_an_item(tmp_path: pathlib.Path) -> None:
    """Ids carry the item, values are put in, copies share a lane, and what waits waits for all of them."""
    text = HEAD + (
        "groups:\n  - id: g\n    steps:\n"
        "      - {id: go, uses: vm.start, for-each: {items: {role: app}}, parallel: 1, "
        'with: {item: "${{ each.id }}"}}\n'
        "      - {id: then, uses: noop, needs: [go]}\n"
    )
    plan = shelf(tmp_path, r=text).plan(wish())
    first = plan.steps[0]
    assert [step.id for step in plan.steps] == ["go[app-1]", "go[app-2]", "then", "login", "port"]
    assert (first.item, first.lane, first.parallel, first.call.values) == ("app-1", "go", 1, {"item": "app-1"})
    assert plan.steps[2].needs == ("go[app-1]", "go[app-2]")


def test_each_label_is_put_in(tmp_path: pathlib.Path) -> None:
    """A label of the item stands for itself."""
    text = HEAD + (
        "groups:\n  - id: g\n    steps:\n"
        '      - {id: go, uses: vm.run-command, for-each: {items: {}}, with: {item: "${{ each.id }}", '
        'script: "${{ each.labels.role }}"}}\n'
    )
    plan = shelf(tmp_path, r=text).plan(wish())
    assert [step.call.values["script"] for step in plan.steps[:3]] == ["app", "app", "sql"]


def test_a_label_that_an_item_lacks_is_refused(tmp_path: pathlib.Path) -> None:
    """Blank is not a value."""
    text = HEAD + (
        "groups:\n  - id: g\n    steps:\n"
        '      - {id: go, uses: vm.run-command, for-each: {items: {}}, with: {item: "${{ each.id }}", '
        'script: "${{ each.labels.rol }}"}}\n'
    )
    assert any(
        'has no label "rol"' in fault and 'did you mean "role"' in fault
        for fault in refused(shelf(tmp_path, r=text), wish())
    )


def test_an_empty_selection_is_refused(tmp_path: pathlib.Path) -> None:
    """A selector that finds nothing is a mistake until the runbook says otherwise."""
    text = HEAD + (
        "groups:\n  - id: g\n    steps:\n"
        "      - {id: go, uses: noop, for-each: {items: {role: ap}}}\n"
        "      - {id: then, uses: noop, needs: [go]}\n"
    )
    kept = shelf(tmp_path, r=text)
    assert "r.yaml:9:" in refused(kept, wish())[0]
    assert "no item of web carries {role: ap}" in refused(kept, wish())[0]
    kept = shelf(tmp_path, r=text.replace("role: ap}", "role: ap}, allow-empty: true"))
    assert needs(kept.plan(wish())) == {"then": (), "login": (), "port": ()}


def test_a_group_that_is_left_out_does_not_let_a_later_one_begin_early(tmp_path: pathlib.Path) -> None:
    """Order passes through a group that has no step in this mode."""
    text = HEAD + (
        "groups:\n"
        "  - {id: a, steps: [{id: one, uses: noop}]}\n"
        "  - {id: b, modes: [failover], steps: [{id: two, uses: noop}]}\n"
        "  - {id: c, steps: [{id: three, uses: noop}]}\n"
        "  - {id: d, needs: [a], steps: [{id: four, uses: noop}]}\n"
    )
    kept = shelf(tmp_path, r=text)
    failover, drill = kept.plan(wish()), kept.plan(wish(mode=Mode.DRILL))
    assert needs(failover)["three"] == ("group:b",)
    assert needs(drill)["three"] == ("group:a",)
    assert needs(drill)["four"] == ("group:a",)
    assert [group.id for group in drill.groups] == ["a", "c", "d"]


def test_a_step_that_is_left_out_counts_as_done(tmp_path: pathlib.Path) -> None:
    """What waits for it keeps what else it waits for, and the order of the groups."""
    text = HEAD + (
        "groups:\n"
        "  - {id: a, steps: [{id: one, uses: noop}]}\n"
        "  - id: b\n    steps:\n"
        "      - {id: two, uses: noop, modes: [failover]}\n"
        "      - {id: three, uses: noop, needs: [two]}\n"
    )
    kept = shelf(tmp_path, r=text)
    assert needs(kept.plan(wish()))["three"] == ("two",)
    assert needs(kept.plan(wish(mode=Mode.DRILL)))["three"] == ("group:a",)


def test_the_service_s_own_checks_come_after_unless_the_runbook_asks_them(tmp_path: pathlib.Path) -> None:
    """Same id: the runbook's wins, also in a mode in which it leaves the question out."""
    text = HEAD + (
        "groups:\n  - {id: a, steps: [{id: one, uses: noop}]}\n"
        'after:\n  - {id: login, uses: check.http, modes: [failover], with: {url: "https://w.example/", within: 5m}}\n'
    )
    kept = shelf(tmp_path, r=text)
    after = {step.id: step for step in kept.plan(wish()).steps if step.phase is Phase.AFTER}
    assert after.keys() == {"login", "port"}
    assert after["login"].call.values["within"] == "5m"
    assert after["port"].item == "sql-1"
    assert {step.id for step in kept.plan(wish(mode=Mode.DRILL)).steps} == {"one", "port"}


def test_a_step_may_not_have_the_name_of_a_catalogue_check(tmp_path: pathlib.Path) -> None:
    """Ids are unique in a plan."""
    text = HEAD + "groups:\n  - {id: a, steps: [{id: login, uses: noop}]}\n"
    assert 'check "login" in the catalogue' in refused(shelf(tmp_path, r=text), wish())[0]


def test_inputs_are_typed_and_checked(tmp_path: pathlib.Path) -> None:
    """Texts from a command line become what the input is; what does not fit is named."""
    text = HEAD + (
        "inputs:\n  port: {type: integer, default: 1}\n  point: {type: string, enum: [a, b]}\n"
        'groups:\n  - {id: g, steps: [{id: t, uses: check.tcp, with: {host: h, port: "${{ inputs.port }}"}}]}\n'
    )
    kept = shelf(tmp_path, r=text)
    plan = kept.plan(wish(port="443", point="a"))
    assert plan.inputs == {"port": 443, "point": "a"}
    assert plan.steps[0].call.values["port"] == 443
    assert "was not given" in refused(kept, wish())[0]
    assert "is not one of: a, b" in refused(kept, wish(point="c"))[0]
    assert 'did you mean "point"?' in refused(kept, wish(point="a", pont="b"))[0]
    for odd in ("many", "--5", "1.5", "9" * 400, ""):
        assert "is no integer" in refused(kept, wish(point="a", port=odd))[0]
    assert "65535" in refused(kept, wish(point="a", port=70000))[0]


def test_outputs_of_steps_stay_for_the_engine(tmp_path: pathlib.Path) -> None:
    """They are known only when the step is due, so the plan keeps the reference in its one spelling."""
    text = HEAD + (
        "groups:\n  - id: g\n    steps:\n      - {id: a, uses: vm.start, with: {item: app-1}}\n"
        '      - {id: b, uses: vm.start, needs: [a], with: {machine: "${{steps.a.machine}}"}}\n'
    )
    assert shelf(tmp_path, r=text).plan(wish()).steps[1].call.values == {"machine": "${{ steps.a.machine }}"}


def test_items_contacts_and_services_must_be_in_the_catalogue(tmp_path: pathlib.Path) -> None:
    """All at once, each at its place."""
    text = HEAD + (
        "before:\n  - {id: c, uses: check.replication, with: {service: wbe}}\n"
        "groups:\n  - id: g\n    steps:\n      - {id: a, uses: vm.start, with: {item: ap-1}}\n"
        "      - {id: b, uses: approve, with: {ask: {nl: Ja}, by: [crisisteem]}}\n"
    )
    found = refused(shelf(tmp_path, r=text), wish())
    assert [fault.split("r.yaml:")[1].split(" ")[0] for fault in found] == ["7:54:", "11:46:", "12:59:"]
    assert all("did you mean" in fault for fault in found)


def test_a_plan_holds_everything_and_its_hash_is_that_of_what_it_says(tmp_path: pathlib.Path) -> None:
    """Timeouts, retries, undo, text: nothing is left to the file; writing the plan down loses nothing."""
    text = HEAD + (
        "on-failure: stop\n"
        "groups:\n  - id: g\n    ungraceful: skip\n    steps:\n"
        "      - {id: a, uses: vm.start, with: {item: app-1}, timeout: 5m, estimate: 90s, retry: {times: 1, wait: 3s}, "
        "critical: false, on-failure: undo, undo: {uses: vm.deallocate, with: {item: app-1}}, text: {nl: Doe}}\n"
        "      - {id: b, uses: approve, "
        "with: {ask: {nl: Ja?}, by: [crisisteam], expires: 30m, not-the-starter: true}}\n"
        "      - {id: c, uses: noop}\n"
    )
    plan = shelf(tmp_path, r=text).plan(wish())
    a, b, c = plan.steps[:3]
    assert (a.timeout, a.estimate, a.retry.times, a.retry.wait.seconds) == (
        timedelta(minutes=5),
        timedelta(seconds=90),
        1,
        3,
    )
    assert (a.critical, a.on_failure, a.ungraceful, c.on_failure) == (
        False,
        OnFailure.UNDO,
        Ungraceful.SKIP,
        OnFailure.STOP,
    )
    assert a.undo == Call(uses="vm.deallocate", values={"item": "app-1"})
    assert b.approval is not None
    assert (b.approval.by, b.approval.not_the_starter, b.timeout) == (("crisisteam",), True, timedelta(minutes=30))
    assert plan_from_json(plan.to_json()).hash() == plan.hash()
    assert [each.id for each in plan.items] == ["app-1", "app-2", "sql-1"]


def test_a_comment_changes_no_hash_and_a_value_does(tmp_path: pathlib.Path) -> None:
    """People approve what would happen, not how the file is laid out."""
    text = HEAD + "groups:\n  - {id: g, steps: [{id: a, uses: noop}]}\n"
    first = shelf(tmp_path, r=text).plan(wish()).hash()
    assert shelf(tmp_path, r="# said\n\n" + text).plan(wish()).hash() == first
    assert shelf(tmp_path, r=text.replace("uses: noop", "uses: noop, timeout: 2h")).plan(wish()).hash() != first


def test_a_parent_holds_its_children_whole(tmp_path: pathlib.Path) -> None:
    """Resolved at its start, in the same mode, with the inputs that it hands down."""
    child = HEAD + (
        "inputs: {n: {type: string, default: a}}\n"
        "groups:\n  - id: g\n    steps:\n"
        '      - {id: go, uses: vm.run-command, with: {item: app-1, script: "${{ inputs.n }}"}}\n'
    )
    parent = PARENT % "p" + (
        "inputs: {m: {type: string, default: z}}\n"
        "groups:\n  - id: g\n    minimum-success: 80%\n    steps:\n"
        '      - {id: c, uses: runbook, critical: false, with: {runbook: r, inputs: {n: "${{ inputs.m }}"}}}\n'
    )
    plan = shelf(tmp_path, r=child, p=parent).plan(wish("p"))
    inner = plan.steps[0].child
    assert inner is not None
    assert (plan.service, plan.items, plan.objectives, plan.groups[0].minimum_success) == (None, (), None, 80)
    assert (inner.service, inner.mode, inner.inputs) == ("web", Mode.FAILOVER, {"n": "z"})
    assert inner.steps[0].call.values["script"] == "z"


def test_runbooks_that_start_each_other_are_refused(tmp_path: pathlib.Path) -> None:
    """A circle of parents would never end."""
    text = PARENT + "groups:\n  - {id: g, steps: [{id: c, uses: runbook, with: {runbook: %s}}]}\n"
    kept = shelf(tmp_path, p=text % ("p", "q"), q=text % ("q", "p"), s=text % ("s", "s"), t=text % ("t", "none"))
    assert "in a circle: p -> q -> p" in refused(kept, wish("p"))[0]
    assert "in a circle: s -> s" in refused(kept, wish("s"))[0]
    assert 'no runbook "none"' in refused(kept, wish("t"))[0]


def test_four_levels_of_runbooks_are_enough(tmp_path: pathlib.Path) -> None:
    """A fifth is refused."""
    text = PARENT + "groups:\n  - {id: g, steps: [{id: c, uses: runbook, with: {runbook: %s}}]}\n"
    last = PARENT % "e" + "groups:\n  - {id: g, steps: [{id: c, uses: noop}]}\n"
    kept = shelf(tmp_path, a=text % ("a", "b"), b=text % ("b", "c"), c=text % ("c", "d"), d=text % ("d", "e"), e=last)
    assert "more than 4 levels" in refused(kept, wish("a"))[0]
    assert kept.plan(wish("b")).steps[0].child is not None


def test_faults_of_a_child_name_the_child_s_file(tmp_path: pathlib.Path) -> None:
    """So that one knows where to mend it; and a child without the parent's mode is one."""
    parent = PARENT % "p" + "groups:\n  - {id: g, steps: [{id: c, uses: runbook, with: {runbook: r}}]}\n"
    child = HEAD.replace("drill, failover", "drill") + "groups:\n  - {id: g, steps: [{id: go, uses: noop}]}\n"
    kept = shelf(tmp_path, r=child, p=parent)
    assert "r.yaml:5:1: the runbook r has no mode failover" in refused(kept, wish("p"))[0]
    kept = shelf(tmp_path, r=child.replace("uses: noop", "uses: nop"))
    assert "r.yaml:7:" in refused(kept, wish("p"))[0]


def test_more_than_ten_thousand_steps_are_refused(tmp_path: pathlib.Path) -> None:
    """And ten thousand are planned, from a few lines, within seconds."""
    many = tuple(item(f"vm-{number}", "app") for number in range(2_500))
    web = tenant().services[0]
    large = Service(id=web.id, name=web.name, tier=1, objectives=web.objectives, items=many)
    groups = "".join(
        f"  - {{id: g{n}, steps: [{{id: s{n}, uses: vm.start, for-each: {{items: {{}}}}, with: {{item: EACH}}}}]}}\n"
        for n in range(5)
    )
    groups = groups.replace("EACH", '"${{ each.id }}"')
    lines = groups.splitlines(keepends=True)
    kept = shelf(tmp_path, tenant(services=(large,)), r=HEAD + "groups:\n" + groups)
    assert "12500 steps" in refused(kept, wish())[0]
    kept = shelf(tmp_path, tenant(services=(large,)), r=HEAD + "groups:\n" + "".join(lines[:4]))
    assert len(kept.plan(wish()).steps) == 10_000


def test_two_large_for_each_that_wait_for_each_other_are_refused(tmp_path: pathlib.Path) -> None:
    """Groups do it with one join; needs would hold millions of names."""
    many = tuple(item(f"vm-{number}", "app") for number in range(1_000))
    web = tenant().services[0]
    large = Service(id=web.id, name=web.name, tier=1, objectives=web.objectives, items=many)
    text = HEAD + (
        "groups:\n  - id: g\n    steps:\n      - {id: a, uses: noop, for-each: {items: {}}}\n"
        "      - {id: b, uses: noop, needs: [a], for-each: {items: {}}}\n"
    )
    assert "1000000 times" in refused(shelf(tmp_path, tenant(services=(large,)), r=text), wish())[0]


def test_the_list_shows_faulty_runbooks_too(tmp_path: pathlib.Path) -> None:
    """In order of id, each with its faults."""
    good = HEAD + "groups:\n  - {id: g, steps: [{id: a, uses: noop}]}\n"
    cards = shelf(tmp_path, r=good, bad="drd: runbook/v1\n").list()
    assert [(card.id, bool(card.faults)) for card in cards] == [("bad", True), ("r", False)]
    assert cards[1].modes == (Mode.DRILL, Mode.FAILOVER)
    assert "bad.yaml:1:1" in cards[0].faults[0]


def test_a_shelf_that_is_not_there_is_empty(tmp_path: pathlib.Path) -> None:
    """A folder may come later; nothing is guessed until then."""
    kept = Shelf(tmp_path / "none", fake_vocabulary(), CatalogueServices((tenant(),)))
    assert kept.list() == ()
    with pytest.raises(NotFoundError):
        kept.plan(wish())


def test_a_changed_file_is_read_anew(tmp_path: pathlib.Path) -> None:
    """Without a restart; and a file that is broken now is broken now."""
    good = HEAD + "groups:\n  - {id: g, steps: [{id: a, uses: noop}]}\n"
    kept = shelf(tmp_path, r=good)
    assert kept.plan(wish()).steps[0].id == "a"
    path = tmp_path / "r.yaml"
    path.write_text(good.replace("id: a", "id: bb"), encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert kept.plan(wish()).steps[0].id == "bb"
    path.write_text("drd: [", encoding="utf-8")
    assert refused(kept, wish())


@pytest.mark.parametrize("name", ["none", "../r", "/etc/passwd", "", "R", "r.yaml"])
def test_a_runbook_that_is_not_on_the_shelf_is_not_found(name: str, tmp_path: pathlib.Path) -> None:
    """Names are ids, never paths."""
    good = HEAD + "groups:\n  - {id: g, steps: [{id: a, uses: noop}]}\n"
    with pytest.raises(NotFoundError):
        shelf(tmp_path, r=good).plan(wish(name))


def test_a_tenant_must_be_named_where_several_have_the_service(tmp_path: pathlib.Path) -> None:
    """Never guess whose service is brought over."""
    good = HEAD + "groups:\n  - {id: g, steps: [{id: a, uses: noop}]}\n"
    kept = shelf(tmp_path, tenant("a"), tenant("b"), r=good)
    with pytest.raises(InvalidError, match="several tenants"):
        kept.plan(wish())
    wanted = PlanWish(runbook=RunbookId("r"), tenant=TenantId("b"), mode=Mode.DRILL)
    assert kept.plan(wanted).tenant == "b"


def test_a_runbook_of_a_service_that_nobody_has_is_refused_with_its_place(tmp_path: pathlib.Path) -> None:
    """Planned as well as examined: the mistake is in the file, and the file is where to mend it."""
    text = HEAD + "groups:\n  - {id: g, steps: [{id: a, uses: noop}]}\n"
    with pytest.raises(InvalidError) as refused:
        shelf(tmp_path, tenant(services=()), r=text).plan(wish())
    assert "r.yaml:" in refused.value.faults[0]
    assert 'no tenant has a service "web"' in refused.value.faults[0]


def test_examining_a_runbook_plans_it_for_everybody_in_every_mode(tmp_path: pathlib.Path) -> None:
    """What only shows with real items is found before the night of the incident."""
    text = HEAD + "groups:\n  - {id: g, steps: [{id: a, uses: vm.start, with: {item: app-9}}]}\n"
    faults, findings = shelf(tmp_path, r=text).examine(tmp_path / "r.yaml")
    assert [fault.message for fault in faults] == ['"web" has no item "app-9"']
    assert findings == ()
    faults, _ = shelf(tmp_path, tenant(services=()), r=text).examine(tmp_path / "r.yaml")
    assert "no tenant has a service" in faults[0].message


def test_a_missing_language_is_a_finding(tmp_path: pathlib.Path) -> None:
    """It falls back to Dutch, and somebody should know."""
    text = HEAD.replace(", fr: T", "") + "groups:\n  - {id: g, steps: [{id: a, uses: noop}]}\n"
    faults, findings = shelf(tmp_path, r=text).examine(tmp_path / "r.yaml")
    assert faults == ()
    assert [fault.message for fault in findings] == ["the text has no fr"]


def test_a_plan_knows_the_file_that_it_was_made_of(tmp_path: pathlib.Path) -> None:
    """What its authors count is told beside the file's digest, and changes no plan."""
    text = HEAD + "groups:\n  - {id: g, steps: [{id: a, uses: noop}]}\n"
    plain = shelf(tmp_path, r=text).plan(wish())
    counted = shelf(tmp_path, r=text + "version: 2026.11-rc1  # ours\n").plan(wish())
    digest = sha256((tmp_path / "r.yaml").read_bytes()).hexdigest()

    assert counted.origins() == {"r": {"digest": digest, "version": "2026.11-rc1"}}
    assert plain.origin is not None
    assert (plain.origin.version, plain.hash()) == ("", counted.hash())


def test_a_drill_that_boots_in_an_untried_network_is_a_finding(tmp_path: pathlib.Path) -> None:
    """At the line that boots; it can be planned all the same."""
    network = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/n"
    steps = f"{{id: a, uses: asr.test-failover, modes: [drill], with: {{item: app-1, network: {network}}}}}"
    text = f"{HEAD}groups:\n  - {{id: g, steps: [{steps}]}}\n"
    faults, findings = shelf(tmp_path, r=text).examine(tmp_path / "r.yaml")

    assert faults == ()
    assert [(each.place.line, each.message) for each in findings] == [
        (7, "asr.test-failover boots in a network that was only read")
    ]
