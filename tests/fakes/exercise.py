"""An exercise, as its file has it."""

from typing import Any

EXERCISE: dict[str, Any] = {
    "drd": "exercise/v1",
    "id": "tafel-1",
    "tenant": "voorbeeld",
    "service": "burgerzaken",
    "title": {"nl": "Gijzelsoftware op een maandag"},
    "form": "tabletop",
    "announced": True,
    "from": "2026-11-20T13:30:00+01:00",
    "until": "2026-11-20T16:00:00+01:00",
    "scenario": {"kind": "ransomware"},
    "participants": [{"role": "burgemeester"}, {"role": "dienst burgerzaken", "number": 3}],
    "decisions": [{"what": "geen losgeld", "by": "burgemeester"}],
    "findings": [
        {"id": "f-1", "severity": "warning", "text": "lijst oud", "owner": "crisisteam", "due": "2026-12-31"},
    ],
}
