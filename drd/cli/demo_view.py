"""How the demo tells its result: a table, what proves it, and what to try next."""

from drd.cli.ages import ago, clock_time
from drd.cli.attention import due_lines
from drd.cli.demo_story import Ending
from drd.cli.event_view import since
from drd.cli.exits import Exit
from drd.cli.output import Sheet
from drd.cli.run_view import figures_sheets
from drd.cli.stage import Stage
from drd.cli.words import Words

_RESULT = {Exit.OK: "demo-good", Exit.MISSED: "demo-missed"}


def ending_sheets(words: Words, ending: Ending, stage: Stage) -> list[Sheet]:
    """Tell how it ended."""
    incident = ending.run.figures.incident_at
    checks = tuple(
        (each.service, each.step, f"+{ago(words, since(incident, each.at))}", each.sentence)
        for each in ending.proof.checks
    )
    headings = ("service", "check", "since-incident", "seen")
    sheets = [
        *figures_sheets(words, ending.run),
        Sheet((), (), notes=tuple(words.say("demo-legend").splitlines())),
        Sheet(tuple(words.say(f"heading-{name}") for name in headings), checks, title=words.say("title-checks")),
        Sheet((), (), notes=tuple(_proofs(words, ending, stage))),
        Sheet((), (), title=words.say("title-metrics", url=stage.metrics), notes=ending.proof.metrics),
    ]
    waits = due_lines(words, ending.run)
    if waits:
        sheets.append(Sheet((), (), notes=tuple(waits)))
    result = words.say(_RESULT.get(Exit(ending.exit_code), "demo-bad"), seconds=round(ending.host_seconds))
    return [*sheets, Sheet((), (), title=result)]


def _proofs(words: Words, ending: Ending, stage: Stage) -> list[str]:
    proof = ending.proof
    lines = [words.say("demo-recomputed" if proof.recomputed else "demo-not-recomputed")]
    if proof.difference_seconds is not None:
        difference = f"{proof.difference_seconds:.1f}"
        lines.append(words.say("demo-log-agrees", count=proof.compared, seconds=difference, allowed=stage.speed))
    lines.extend(
        words.say("demo-second", who=each.by, question=each.question, approval=each.approval)
        for each in ending.answered
    )
    memory = sum(proof.memory_mib.values())
    return [*lines, words.say("demo-memory", memory=memory), words.say("demo-lost-at", at=clock_time(ending.lost_at))]
