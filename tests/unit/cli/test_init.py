"""`drd init` as it is typed: what it needs, and what it never does."""

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Drd

WHOLE = ("init", "--from-azure", "--subscription", "sub-1", "--tenant", "gent")


@pytest.mark.parametrize("left_out", [("--from-azure",), ("--subscription", "sub-1"), ("--tenant", "gent")])
def test_what_is_left_out_is_asked_for(drd: Drd, left_out: tuple[str, ...], tmp_path: Path) -> None:
    """From what, of which subscription, and for whom; nothing is written."""
    done = drd(*(word for word in WHOLE if word not in left_out))

    assert done.code == 2
    assert "drd init --from-azure --subscription ID --tenant MUNICIPALITY" in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_catalogue_that_is_there_stays_as_it_is(drd: Drd, tmp_path: Path) -> None:
    """Before anything is asked."""
    file = tmp_path / "config" / "catalogue" / "gent.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("mine", encoding="utf-8")

    done = drd(*WHOLE)

    assert done.code == 5
    assert "--into" in done.err
    assert file.read_text(encoding="utf-8") == "mine"
