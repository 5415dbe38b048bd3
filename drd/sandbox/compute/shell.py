"""What a guest's shell does with a script.

It knows `echo` and `Write-Output`, `exit N`, `sleep N`, `hostname`, `set -e`, and the questions that guests answer from
their own state: `systemctl is-active`, `Get-Service`, `curl`, `clamscan`, `Get-MpThreatDetection`, `fsck`, `chkdsk` and
`sha256sum --check FILE`, where a file with `canar` in its name lists canary files. A line
`timeout N bash -c "</dev/tcp/HOST/PORT" ... && echo "A" || echo "B"` tries to reach somebody outside its network, and
says A or B. Every other line is taken as run. As in a shell, the exit code is that of the last command.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

_CURL_FAILED, _INACTIVE, _FOUND, _UNCORRECTED, _MISMATCH = 22, 3, 1, 4, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestState:
    """What a guest knows of itself."""

    name: str = "guest"
    is_well: bool = True
    is_infected: bool = False
    is_torn: bool = False
    is_changed: bool = False
    reaches: Callable[[str, int], bool] = lambda _host, _port: False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a script printed, its exit code, and how many seconds it slept."""

    output: str
    exit_code: int
    error: str = ""
    slept: float = 0.0


@dataclass(slots=True)
class _Shell:
    """A script while it runs."""

    guest: GuestState
    printed: list[str] = field(default_factory=list)
    complained: list[str] = field(default_factory=list)
    code: int = 0
    slept: float = 0.0
    stops_on_error: bool = False
    has_ended: bool = False


def run_script(lines: Sequence[str], guest: GuestState | None = None) -> Outcome:
    """Return the outcome of a script, the same for the same lines and state."""
    shell = _Shell(guest or GuestState())
    for line in lines:
        word, _, rest = line.strip().partition(" ")
        if not word or word.startswith("#"):
            continue
        shell.code = 0
        known = _COMMANDS.get(word.casefold())
        if known is not None:
            known(shell, rest.strip())
        if shell.has_ended or (shell.stops_on_error and shell.code):
            break
    return Outcome(
        output="\n".join(shell.printed),
        exit_code=shell.code,
        error="\n".join(shell.complained),
        slept=shell.slept,
    )


def _echo(shell: _Shell, rest: str) -> None:
    shell.printed.append(rest.strip("\"'"))


def _exit(shell: _Shell, rest: str) -> None:
    shell.code = int(rest) if rest.isdigit() else 0
    shell.has_ended = True


def _sleep(shell: _Shell, rest: str) -> None:
    number = rest.rsplit(" ", 1)[-1].removesuffix("s")
    shell.slept += float(number) if number.replace(".", "", 1).isdigit() else 0.0


def _set(shell: _Shell, rest: str) -> None:
    shell.stops_on_error = shell.stops_on_error or rest.startswith("-e")


def _hostname(shell: _Shell, _rest: str) -> None:
    shell.printed.append(shell.guest.name)


def _systemctl(shell: _Shell, rest: str) -> None:
    if rest.startswith("is-active"):
        shell.printed.append("active" if shell.guest.is_well else "failed")
        shell.code = 0 if shell.guest.is_well else _INACTIVE


def _service(shell: _Shell, rest: str) -> None:
    state = "Running" if shell.guest.is_well else "Stopped"
    shell.printed.append(f"{state}  {rest.rsplit(' ', maxsplit=1)[-1]}")


def _curl(shell: _Shell, _rest: str) -> None:
    if shell.guest.is_well:
        shell.printed.append('{"status":"ok"}')
    else:
        shell.complained.append("curl: (22) The requested URL returned error: 503")
        shell.code = _CURL_FAILED


def _clamscan(shell: _Shell, _rest: str) -> None:
    found = int(shell.guest.is_infected)
    shell.printed.append(f"Infected files: {found}")
    shell.code = _FOUND if found else 0


def _threats(shell: _Shell, _rest: str) -> None:
    if shell.guest.is_infected:
        shell.printed.append("ThreatID : 2147735503")


def _fsck(shell: _Shell, _rest: str) -> None:
    if shell.guest.is_torn:
        shell.complained.append("/dev/sda1: UNEXPECTED INCONSISTENCY; RUN fsck MANUALLY.")
        shell.code = _UNCORRECTED
    else:
        shell.printed.append("/dev/sda1: clean")


def _sums(shell: _Shell, rest: str) -> None:
    differs = shell.guest.is_changed if "canar" in rest else shell.guest.is_torn
    if "-c" in rest and differs:
        shell.complained.append("sha256sum: WARNING: 1 computed checksum did NOT match")
        shell.code = _MISMATCH


def _timeout(shell: _Shell, rest: str) -> None:
    tried = _TRIED.search(rest)
    if tried is None:
        return
    reached = shell.guest.reaches(tried["host"], int(tried["port"]))
    shell.printed.append(tried["reached"] if reached else tried["closed"])


_TRIED = re.compile(
    r"</dev/tcp/(?P<host>[^/]+)/(?P<port>\d+).* && echo \"(?P<reached>[^\"]*)\" \|\| echo \"(?P<closed>[^\"]*)\""
)

_COMMANDS: Mapping[str, Callable[[_Shell, str], None]] = MappingProxyType(
    {
        "echo": _echo,
        "write-output": _echo,
        "write-host": _echo,
        "exit": _exit,
        "sleep": _sleep,
        "start-sleep": _sleep,
        "set": _set,
        "hostname": _hostname,
        "systemctl": _systemctl,
        "get-service": _service,
        "curl": _curl,
        "clamscan": _clamscan,
        "get-mpthreatdetection": _threats,
        "fsck": _fsck,
        "chkdsk": _fsck,
        "sha256sum": _sums,
        "timeout": _timeout,
    }
)
"""What the shell knows; anything else succeeds and prints nothing."""
