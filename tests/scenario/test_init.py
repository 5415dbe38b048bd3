"""`drd init --from-azure` against the sandbox: lists only, and nothing is written over."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from drd.daemon.drafting import DraftWish, drafted
from drd.daemon.offline import check_config
from drd.domain.drafting import DraftTerms
from drd.domain.errors import ConflictError
from drd.sandbox.assembly import build_sandbox
from drd.sandbox.clock import CalledClock
from drd.sandbox.wire import Request
from tests.fakes.stepping_clock import SteppingClock

pytestmark = pytest.mark.anyio

_NOWHERE = "http://127.0.0.1:1"
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"


async def test_the_sample_municipality_is_drafted_from_what_it_holds(tmp_path: Path) -> None:
    """By questions only; the files pass the check, and a second time they are left as they are."""
    clock = SteppingClock()
    sandbox = build_sandbox(clock=CalledClock(tell=clock.now), spread=0)

    async def wire(
        method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        lowered = {name.lower(): value for name, value in headers.items()}
        response = sandbox.answer(Request(method=method, url=url, headers=lowered, body=body))
        return response.status, response.headers, response.body

    wish = DraftWish(
        terms=DraftTerms(tenant="voorbeeld", subscriptions=(SUBSCRIPTION,)),
        into=tmp_path / "config",
        identity="sandbox-owner",
        wire=wire,
        azure={"endpoint": _NOWHERE, "token-endpoint": f"{_NOWHERE}/msi/token", "identity-header": "sandbox-identity"},
        clock=clock,
    )
    done = await drafted(wish)

    entries = sandbox.world.journal.entries
    written = tmp_path / "config" / "catalogue" / "voorbeeld.yaml"
    text = written.read_text(encoding="utf-8")
    assert {entry.method for entry in entries} == {"GET"}
    assert [effect for entry in entries for effect in entry.effects] == []
    assert check_config(tmp_path / "config" / "drd.yaml").faults == ()
    assert {f"id: {name}" for name in ("burgerzaken", "databank", "identiteit", "sociaal-huis")} <= {
        line.strip(" -") for line in text.splitlines()
    }
    assert done.items > done.services > 3

    asked = len(entries)
    with pytest.raises(ConflictError):
        await drafted(wish)
    assert (len(entries), written.read_text(encoding="utf-8")) == (asked, text)
    settings = (tmp_path / "config" / "drd.yaml").read_text(encoding="utf-8")
    second = await drafted(replace(wish, terms=replace(wish.terms, tenant="tweede")))
    assert [Path(each).name for each in second.files] == ["tweede.yaml"]
    assert (tmp_path / "config" / "drd.yaml").read_text(encoding="utf-8") == settings
