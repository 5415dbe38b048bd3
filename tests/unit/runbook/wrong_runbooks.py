"""Wrong and malicious runbooks: by name the text, `line:column` of the first fault, and part of its message."""

HEAD = "drd: runbook/v1\nid: r\nservice: burgerzaken\ntitle: {nl: T, en: T, fr: T}\nmodes: [drill, failover]\n"
GROUP = "groups:\n  - id: g\n    steps:\n"
ARM = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/dnsZones/z"


def steps(*lines: str) -> str:
    """A runbook whose first step stands on line 9."""
    return HEAD + GROUP + "".join(f"      - {line}\n" for line in lines)


NOOP = steps("{id: s, uses: noop}")

SHAPE = {
    "not a mapping": ("- a\n- b\n", "1:1", "expected a mapping"),
    "only a text": ("hello\n", "1:1", "expected a mapping"),
    "other format": (NOOP.replace("runbook/v1", "runbook/v2"), "1:6", "not allowed here"),
    "format missing": (NOOP.replace("drd: runbook/v1\n", ""), "1:1", '"drd" is missing'),
    "unknown key": (NOOP + "on-failur: stop\n", "10:1", 'unknown key "on-failur"'),
    "unknown key in a step": (steps("{id: s, uses: noop, tiemout: 5m}"), "9:29", 'unknown key "tiemout"'),
    "key in snake case": (steps("{id: s, uses: noop, on_failure: stop}"), "9:29", 'unknown key "on_failure"'),
    "service missing": (NOOP.replace("service: burgerzaken\n", ""), "1:1", "`service` or `scope: tenant`"),
    "service and scope": (NOOP.replace("service: b", "scope: tenant\nservice: b"), "1:1", "only one"),
    "title as a text": (NOOP.replace("{nl: T, en: T, fr: T}", "T"), "4:8", "expected a mapping"),
    "title without Dutch": (NOOP.replace("nl: T, ", ""), "4:1", '"nl" is missing'),
    "language nobody speaks": (NOOP.replace("fr: T", "de: T"), "4:23", 'unknown key "de"'),
    "title over two lines": (NOOP.replace("nl: T", 'nl: "a\\nb"'), "4:13", "pattern"),
    "no modes": (NOOP.replace("[drill, failover]", "[]"), "5:8", "at least 1"),
    "mode that is none": (NOOP.replace("drill,", "rehearsal,"), "5:9", '"rehearsal" is not allowed'),
    "modes as a text": (NOOP.replace("[drill, failover]", "drill"), "5:8", "expected a list"),
    "no groups": (HEAD + "groups: []\n", "6:9", "at least 1"),
    "groups missing": (HEAD, "1:1", '"groups" is missing'),
    "a group without steps": (HEAD + "groups:\n  - {id: g, steps: []}\n", "7:20", "at least 1"),
    "id in capitals": (steps("{id: Step, uses: noop}"), "9:14", "is not an id"),
    "id with a path": (NOOP.replace("id: r", "id: ../../etc/passwd"), "2:5", "is not an id"),
    "id as a number": (steps("{id: 1, uses: noop}"), "9:14", "expected a text, found 1"),
    "blank value": (steps("{id: s, uses: vm.start, with: {item: }}"), "9:40", '"item" is left blank'),
    "blank key": (NOOP.replace("service: burgerzaken", "service:"), "3:1", '"service" is left blank'),
    "blank place in a list": (NOOP.replace("[drill, failover]", "[drill, ~]"), "5:16", "left blank"),
    "timeout without unit": (steps("{id: s, uses: noop, timeout: 45}"), "9:38", "needs its unit"),
    "timeout with a wrong unit": (steps("{id: s, uses: noop, timeout: 45min}"), "9:38", "not a length of time"),
    "timeout below zero": (steps("{id: s, uses: noop, timeout: -5m}"), "9:38", "not a length of time"),
    "timeout of nothing": (steps("{id: s, uses: noop, timeout: 0s}"), "9:38", "out of bounds"),
    "timeout of half a second": (steps("{id: s, uses: noop, timeout: PT0.5S}"), "9:38", "fraction of a second"),
    "timeout of years": (steps("{id: s, uses: noop, timeout: 3000d}"), "9:38", "too long"),
    "timeout past all numbers": (steps("{id: s, uses: noop, timeout: 999999999d}"), "9:38", "not a length"),
    "on-failure as YAML 1.1 would": (NOOP + "on-failure: no\n", "10:13", '"no" is not allowed'),
    "critical as a text": (steps('{id: s, uses: noop, critical: "yes"}'), "9:39", "expected true or false"),
    "endless retries": (steps("{id: s, uses: noop, retry: {times: 1000000}}"), "9:44", "less than or equal to 20"),
    "retries as a text": (steps('{id: s, uses: noop, retry: {times: "3"}}'), "9:44", "expected a whole number"),
    "parallel of none": (
        steps("{id: s, uses: vm.start, for-each: {items: {}}, parallel: 0, with: {item: x}}"),
        "9:66",
        "greater than or equal to 1",
    ),
    "share without a sign": (
        HEAD + "groups:\n  - id: g\n    minimum-success: 80\n    steps: []\n",
        "8:22",
        "percent sign",
    ),
    "share above all": (
        HEAD + 'groups:\n  - id: g\n    minimum-success: "180%"\n    steps: []\n',
        "8:22",
        "not a share",
    ),
    "label with a slash": (
        steps("{id: s, uses: vm.start, for-each: {items: {../x: y}}, with: {item: x}}"),
        "9:52",
        "is not an id",
    ),
    "labels that are numbers": (
        steps("{id: s, uses: vm.start, for-each: {items: {tier: 1}}, with: {item: x}}"),
        "9:58",
        "expected a text, found 1",
    ),
    "input of another type": (HEAD + "inputs: {n: {type: float}}\n" + GROUP, "6:20", '"float" is not allowed'),
}
MEANING = {
    "file of another name": (NOOP.replace("id: r", "id: other"), "2:5", "not what the file is called"),
    "two steps of one id": (steps("{id: s, uses: noop}", "{id: s, uses: noop}"), "10:14", "stands here twice"),
    "two groups of one id": (
        NOOP + "  - id: g\n    steps: [{id: t, uses: noop}]\n",
        "10:9",
        'the group "g" stands here twice',
    ),
    "after check of a step's id": (
        NOOP + "after:\n  - {id: s, uses: check.tcp, with: {host: h, port: 1}}\n",
        "11:10",
        "stands here twice",
    ),
    "needs nobody": (steps("{id: s, uses: noop, needs: [t]}"), "9:37", 'no step "t"'),
    "needs a step of another phase": (
        NOOP + "always:\n  - {id: t, uses: noop, needs: [s]}\n",
        "11:33",
        'no step "s"',
    ),
    "needs itself": (steps("{id: s, uses: noop, needs: [s]}"), "9:36", "in a circle: s -> s"),
    "needs in a circle": (
        steps("{id: a, uses: noop, needs: [b]}", "{id: b, uses: noop, needs: [a]}"),
        "9:36",
        "in a circle",
    ),
    "needs a later group": (
        steps("{id: a, uses: noop, needs: [b]}") + "  - id: h\n    steps: [{id: b, uses: noop}]\n",
        "9:36",
        "in a circle",
    ),
    "groups in a circle": (
        HEAD
        + "groups:\n  - {id: a, needs: [b], steps: [{id: s, uses: noop}]}\n"
        + "  - {id: b, needs: [a], steps: [{id: t, uses: noop}]}\n",
        "7:20",
        "groups wait for each other",
    ),
    "group that is not there": (
        HEAD + "groups:\n  - {id: a, needs: [b], steps: [{id: s, uses: noop}]}\n",
        "7:21",
        'no group "b"',
    ),
    "mode wider than the runbook's": (
        steps("{id: s, uses: noop, modes: [failback]}"),
        "9:37",
        "is not a mode of the runbook",
    ),
    "failover in a drill": (
        steps("{id: s, uses: asr.failover, with: {item: x}}"),
        "9:23",
        "asr.failover may not run in mode drill",
    ),
    "commit in a drill": (
        steps("{id: s, uses: asr.commit, modes: [drill], with: {item: x}}"),
        "9:23",
        "asr.commit may not run in mode drill",
    ),
    "public names in a drill": (
        steps(f"{{id: s, uses: dns.switch, with: {{zone: {ARM}, record: w, values: 10.0.0.1}}}}"),
        "9:23",
        "dns.switch may not run in mode drill",
    ),
    "cleanup in a failover": (
        steps("{id: s, uses: asr.test-cleanup, modes: [failover], with: {item: x}}"),
        "9:23",
        "may not run in mode failover",
    ),
    "action that is none": (steps("{id: s, uses: vm.strat, with: {item: x}}"), "9:23", 'no action or check "vm.strat"'),
    "action as a path": (steps("{id: s, uses: ../../bin/sh}"), "9:23", "no action or check"),
    "action as a Python name": (steps('{id: s, uses: "os.system", with: {command: id}}'), "9:23", "no action or check"),
    "value that is none": (
        steps("{id: s, uses: vm.start, with: {item: x, force: true}}"),
        "9:49",
        'unknown key "force"',
    ),
    "value missing": (steps("{id: s, uses: vm.start}"), "9:9", "give `item` or `machine`"),
    "both item and host": (
        steps("{id: s, uses: check.tcp, with: {item: x, host: y, port: 1}}"),
        "9:40",
        "give `item` or `host`",
    ),
    "destructive value left empty": (
        steps('{id: s, uses: asr.failover, modes: [failover], with: {item: ""}}'),
        "9:69",
        "at least 1 character",
    ),
    "port as a text": (steps('{id: s, uses: check.tcp, with: {host: h, port: "80"}}'), "9:56", "valid integer"),
    "port past the last": (steps("{id: s, uses: check.tcp, with: {host: h, port: 70000}}"), "9:56", "65535"),
    "not an ARM id": (
        steps("{id: s, uses: vm.start, with: {machine: ../../etc}}"),
        "9:49",
        "not an Azure resource id",
    ),
    "file address in a check": (
        steps('{id: s, uses: check.http, with: {url: "file:///etc/passwd"}}'),
        "9:47",
        "check.http",
    ),
    "fraction": (steps("{id: s, uses: check.tcp, with: {host: h, port: 1.5}}"), "9:56", "number with a fraction"),
    "expression": (
        steps('{id: s, uses: vm.start, with: {item: "${{ inputs.a + 1 }}"}}'),
        "9:46",
        "not a reference",
    ),
    "template language": (
        steps("{id: s, uses: vm.start, with: {item: \"${{ ''.__class__.__mro__ }}\"}}"),
        "9:46",
        "not a reference",
    ),
    "reference inside a text": (
        steps('{id: s, uses: vm.start, with: {item: "vm-${{ inputs.n }}"}}'),
        "9:46",
        "not a reference",
    ),
    "reference to the environment": (
        steps('{id: s, uses: vm.start, with: {item: "${{ env.HOME }}"}}'),
        "9:46",
        "not a reference",
    ),
    "reference to no input": (
        steps('{id: s, uses: vm.start, with: {item: "${{ inputs.n }}"}}'),
        "9:46",
        'no input "n"',
    ),
    "reference to no step": (
        steps('{id: s, uses: vm.start, with: {item: "${{ steps.t.machine }}"}}'),
        "9:46",
        'no step "t"',
    ),
    "reference to no output": (
        steps("{id: t, uses: noop}", '{id: s, uses: vm.start, needs: [t], with: {item: "${{ steps.t.machine }}"}}'),
        "10:58",
        'noop gives no "machine"',
    ),
    "reference to itself": (
        steps('{id: s, uses: vm.start, with: {item: "${{ steps.s.machine }}"}}'),
        "9:46",
        "may not be done by then",
    ),
    "reference to a step side by side": (
        steps(
            "{id: t, uses: vm.start, with: {item: x}}",
            '{id: s, uses: vm.start, with: {machine: "${{ steps.t.machine }}"}}',
        ),
        "10:49",
        "may not be done by then",
    ),
    "reference to a step of another mode": (
        steps(
            "{id: t, uses: vm.start, modes: [failover], with: {item: x}}",
            '{id: s, uses: vm.start, needs: [t], with: {machine: "${{ steps.t.machine }}"}}',
        ),
        "10:61",
        "left out in mode drill",
    ),
    "reference to a step that a lost region leaves out": (
        steps(
            "{id: t, uses: vm.start, ungraceful: skip, with: {item: x}}",
            '{id: s, uses: vm.start, needs: [t], with: {machine: "${{ steps.t.machine }}"}}',
        ),
        "10:61",
        "left out of some runs",
    ),
    "reference of the wrong type": (
        steps(
            "{id: t, uses: vm.start, for-each: {items: {}}, with: {item: x}}",
            '{id: s, uses: vm.start, needs: [t], with: {machine: "${{ steps.t.machine }}"}}',
        ),
        "10:61",
        "is a list, and vm.start wants a text",
    ),
    "each without for-each": (
        steps('{id: s, uses: vm.start, with: {item: "${{ each.id }}"}}'),
        "9:46",
        "an item of a for-each",
    ),
    "parallel without for-each": (steps("{id: s, uses: noop, parallel: 4}"), "9:29", "there is none"),
    "step at odds with its group": (
        HEAD + "groups:\n  - id: g\n    ungraceful: skip\n    steps: [{id: s, uses: noop, ungraceful: only}]\n",
        "9:45",
        "the group says",
    ),
    "action as readiness": (
        NOOP + "before:\n  - {id: t, uses: vm.start, with: {item: x}}\n",
        "11:19",
        "`before` holds checks",
    ),
    "action as proof": (NOOP + "after:\n  - {id: t, uses: noop}\n", "11:19", "`after` holds checks"),
    "approval at the end": (
        NOOP + "always:\n  - {id: t, uses: approve, with: {ask: {nl: Ja}, by: [x]}}\n",
        "11:19",
        "`always` cannot wait",
    ),
    "child of a service": (
        steps("{id: s, uses: runbook, with: {runbook: x}}"),
        "9:23",
        "only a runbook with `scope: tenant`",
    ),
    "undo of a check": (
        steps("{id: s, uses: check.tcp, with: {host: h, port: 1}, undo: {uses: noop}}"),
        "9:60",
        "nothing to undo",
    ),
    "undo by a check": (
        steps("{id: s, uses: noop, undo: {uses: check.tcp, with: {host: h, port: 1}}}"),
        "9:42",
        "cannot undo anything",
    ),
    "share of no child": (
        HEAD + "groups:\n  - id: g\n    minimum-success: 80%\n    steps: [{id: s, uses: noop}]\n",
        "8:5",
        "starts no child run",
    ),
    "group mode wider than the runbook's": (
        HEAD + "groups:\n  - id: g\n    modes: [failback]\n    steps: [{id: s, uses: noop}]\n",
        "8:13",
        "is not a mode of the runbook",
    ),
    "step mode wider than the group's": (
        HEAD + "groups:\n  - id: g\n    modes: [drill]\n    steps: [{id: s, uses: noop, modes: [failover]}]\n",
        "9:41",
        "is not a mode of the group",
    ),
    "approval for each item": (
        steps("{id: s, uses: approve, for-each: {items: {}}, with: {ask: {nl: Ja}, by: [x]}}"),
        "9:32",
        "approve is done once",
    ),
    "items of a parent": (
        steps("{id: s, uses: noop, for-each: {items: {}}}").replace("service: burgerzaken", "scope: tenant"),
        "9:29",
        "has no items of its own",
    ),
    "child that waits for a step": (
        steps(
            "{id: t, uses: vm.start, with: {item: x}}",
            '{id: s, uses: runbook, needs: [t], with: {runbook: x, inputs: {n: "${{ steps.t.machine }}"}}}',
        ).replace("service: burgerzaken", "scope: tenant"),
        "10:75",
        "fixed when the plan is made",
    ),
    "number that JSON cannot hold": (NOOP + "x: 9007199254740993\n", "10:4", "not a number"),
    "approval by nobody": (steps("{id: s, uses: approve, with: {ask: {nl: Ja}, by: []}}"), "9:58", "at least 1"),
    "approval of no question": (steps("{id: s, uses: approve, with: {by: [x]}}"), "9:38", '"ask" is missing'),
    "default outside the choices": (
        HEAD + "inputs: {n: {type: string, enum: [a, b], default: c}}\n" + GROUP + "      - {id: s, uses: noop}\n",
        "6:51",
        "is not one of: a, b",
    ),
    "default of the wrong type": (
        HEAD + "inputs: {n: {type: integer, default: true}}\n" + GROUP + "      - {id: s, uses: noop}\n",
        "6:38",
        "true is no integer",
    ),
}
HOSTILE = {
    "alias bomb": ("a: &a [x]\nb: [*a, *a]\n", "1:4", "anchors"),
    "anchor in a step": (steps("&s {id: s, uses: noop}"), "9:9", "anchors"),
    "merge": (steps("{<<: {id: s}, uses: noop}"), "9:10", "merge keys"),
    "merge in quotes": (steps('{"<<": {id: s}, uses: noop}'), "9:10", "merge keys"),
    "Python object": (steps("{id: s, uses: !!python/object/apply:os.system [id]}"), "9:23", "tags"),
    "own tag": (steps("{id: s, uses: !include /etc/passwd}"), "9:23", "tags"),
    "binary": ("drd: !!binary aGVsbG8=\n", "1:6", "tags"),
    "duplicate key": (steps("{id: s, uses: noop, uses: vm.start}"), "9:29", "duplicate key 'uses'"),
    "duplicate key at the top": (NOOP + "id: other\n", "10:1", "duplicate key 'id'"),
    "two documents": (NOOP + "---\ndrd: runbook/v1\n", "10:1", "second document"),
    "YAML 1.1": ("%YAML 1.1\n---\n" + NOOP, "1:1", "directives"),
    "ten megabytes": ("a: " + "x" * 10_000_000, "1:1", "larger than 256 KiB"),
    "deep brackets": ("a: " + "[" * 200_000, "1:23", "levels deep"),
    "deep lists": ("- " * 100_000, "1:41", "levels deep"),
    "many values": ("a: [" + "b," * 100_000 + "]", "1:100001", "values"),
    "nul": (NOOP.replace("burger", "burger\0"), "3:16", "U+0000"),
    "escape sequence": (NOOP.replace("burger", "\x1b[2J"), "3:10", "U+001B"),
    "text turned around": (NOOP.replace("burger", "\u202eburger"), "3:10", "U+202E"),
    "escape sequence written as an escape": (NOOP.replace("{nl: T", '{nl: "\\e[2J"'), "4:13", "U+001B"),
    "half a character written as an escape": (NOOP.replace("{nl: T", '{nl: "\\ud800"'), "4:13", "U+D800"),
    "nul written as an escape": (steps('{id: s, uses: vm.start, with: {"item\\0": x}}'), "9:40", "U+0000"),
    "invisible mark": (NOOP.replace("burger", "\u200eburger"), "3:10", "U+200E"),
    "tab": ("drd: runbook/v1\ninputs:\n\ta: b\n", "3:1", "tab"),
    "empty": ("", "1:1", "empty"),
    "only a comment": ("# nothing\n", "1:1", "empty"),
    "unclosed": ("drd: [runbook/v1\n", "2:1", "not YAML"),
    "not a number": (NOOP + "x: .nan\n", "10:4", "not a number"),
    "endless number": (NOOP + "x: " + "9" * 5000 + "\n", "10:4", "not a number"),
    "key that is a list": (NOOP + "? [a]\n: b\n", "10:3", "a key must be a text"),
}
CASES = {**SHAPE, **MEANING, **HOSTILE}
