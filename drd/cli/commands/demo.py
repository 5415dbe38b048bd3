"""See it work: a region of a simulated Azure is lost, and a municipality comes back, measured."""

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from drd.cli.common import DEFAULT, Common
from drd.cli.group import lone_command


def demo(
    *,
    speed: int = 120,
    seed: int = 1,
    state: Path | None = None,
    json_: Annotated[bool, Parameter(name="--json", negative="")] = False,
    common: Common = DEFAULT,
) -> int:
    """Lose a region of a simulated Azure and bring a municipality's services back elsewhere. Nothing real is touched.

    Exit code 0: every service is green and every objective was met; 7: green, an objective was missed; 6: not green.

    Args:
        speed: how many times as fast time runs.
        seed: decides every id and duration of the simulated Azure.
        state: a folder to keep the journal and the logs in.
        json_: print the result as JSON.
    """
    from drd.cli.demo_story import Story, ending_json
    from drd.cli.demo_view import ending_sheets
    from drd.cli.following import Pace
    from drd.cli.output import emit, tell
    from drd.cli.stage import ending_cleanly
    from drd.cli.watching import Milestones, Screen, Watcher
    from drd.cli.words import words_of
    from drd.daemon.rehearsal import RehearsalWish, rehearsal

    words, pace = words_of(common), Pace()
    form = Common(**{**vars(common), "output": "json"}) if json_ else common
    is_json = form.output != "table"

    def say(line: str) -> None:
        stream = sys.stderr if is_json else sys.stdout
        stream.write(line + "\n")
        stream.flush()

    say(words.say("demo-about", speed=speed))
    with ending_cleanly(), rehearsal(RehearsalWish(folder=state, speed=speed, seed=seed)) as stage:
        say(words.say("demo-ready"))
        watcher: AbstractContextManager[Watcher] = (
            Screen(common, words) if sys.stdout.isatty() and not is_json else nullcontext(Milestones(words, say))
        )
        with watcher as shown:
            ending = Story(stage, words, pace, say=say, see=shown.see).play()
        emit(form, ending_json(ending, stage), lambda: ending_sheets(words, ending, stage))
    # Only now: what it says is true when both processes are gone.
    say(words.say("demo-next"))
    if state is not None:
        tell(common, words.say("demo-kept", folder=state))
    return ending.exit_code


DEMO = lone_command("demo", demo)
