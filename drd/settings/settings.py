"""Reads the settings: the file, overridden by the environment, with the source of every value."""

import pathlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from pydantic import ValidationError

from drd.document import Document, Fault, Place, Refused, blanks_in, close_to, faults_of, parse, read
from drd.domain.timetable import CalendarTerms
from drd.ports.timetable import CalendarRules
from drd.settings.calendar import CalendarReader
from drd.settings.environment import PREFIX, overrides, variable_of
from drd.settings.settings_file import SecretModel, SettingsFile

STARS = "********"
OF_THE_COMMAND_LINE = frozenset(
    {
        "CONFIG",
        "LANG",
        "NO_INPUT",
        "NO_COLOR",
        "OUTPUT",
        "QUERY",
        "QUIET",
        "SANDBOX_URL",
        "SERVER",
        "SOCKET",
        "TENANT",
        "TIMEOUT",
        "VERBOSE",
    }
)
"""Variables that mean something to commands, not to the settings."""

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One setting for people: its name, its value (secrets as stars) and where it comes from."""

    key: str
    value: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings that can be used.

    Attributes:
        file: the parsed settings; every path in it as written.
        path: the file they come from.
        calendar: what they say about when, with the files that it names.
        findings: variables that were probably meant to be settings, and slots that may surprise.
    """

    file: SettingsFile
    path: pathlib.Path
    calendar: CalendarTerms
    shown: tuple[Shown, ...]
    findings: tuple[Fault, ...]
    credentials: pathlib.Path | None = None
    state: pathlib.Path | None = None
    runtime: pathlib.Path | None = None

    def beside(self, name: str) -> pathlib.Path:
        """Give a path of the settings: relative to the settings file."""
        return (self.path.parent / name).resolve()

    @property
    def store(self) -> pathlib.Path:
        """The data folder: relative to systemd's state folder where there is one."""
        return ((self.state or self.path.parent) / self.file.store.path).resolve()

    def store_place(self) -> pathlib.Path | str:
        """Give where the store is: a data folder, or a PostgreSQL address with its password in it. Never log it.

        Raises:
            Refused: the password cannot be read.
        """
        database = self.file.store.postgresql
        if database is None:
            return self.store
        password = f":{quote(self.secret(database.password), safe='')}" if database.password else ""
        sslmode = database.sslmode or ("disable" if database.is_here else "verify-full")
        options: dict[str, str] = {"sslmode": sslmode}
        if database.authority is not None:
            options["sslrootcert"] = str(self.beside(database.authority))
        elif sslmode == "verify-full":
            options["sslrootcert"] = "system"
        host = f"[{database.host}]" if ":" in database.host else database.host
        if database.host.startswith("/"):
            host, options = "", options | {"host": database.host, "port": str(database.port)}
        at = f"{host}:{database.port}" if host else ""
        name = quote(database.dbname, safe="")
        return f"postgresql://{quote(database.user, safe='')}{password}@{at}/{name}?{urlencode(options)}"

    @property
    def socket(self) -> pathlib.Path:
        """The Unix socket: relative to systemd's runtime folder where there is one."""
        return ((self.runtime or self.path.parent) / self.file.socket.path).resolve()

    @property
    def catalogue(self) -> pathlib.Path:
        """The folder of service catalogues."""
        return self.beside(self.file.catalogue)

    @property
    def runbooks(self) -> pathlib.Path:
        """The folder of runbooks."""
        return self.beside(self.file.runbooks)

    def secret(self, reference: SecretModel) -> str:
        """Read a secret; never keep it longer than needed, never log it.

        Raises:
            Refused: the file is missing, empty or too large.
        """
        path = self._secret_path(reference)
        try:
            with path.open(encoding="utf-8") as file:
                text = file.read(_LARGEST_SECRET).strip()
        except (OSError, UnicodeDecodeError) as error:
            raise _secret_fault(path, f"the secret cannot be read: {type(error).__name__}") from error
        if not text:
            raise _secret_fault(path, "the secret is empty")
        return text

    def _secret_path(self, reference: SecretModel) -> pathlib.Path:
        if reference.file is not None:
            return self.beside(reference.file)
        if self.credentials is None:
            raise _secret_fault(self.path, f"there is no credential {reference.credential}: not started by systemd")
        return self.credentials / str(reference.credential)


_LARGEST_SECRET = 64 * 1024


def _secret_fault(path: pathlib.Path, message: str) -> Refused:
    place = Place(file=str(path), line=1, column=1)
    return Refused([Fault(place=place, message=message, hint="check the file, its owner and its rights")])


def read_settings(path: pathlib.Path, environment: Mapping[str, str], rules: CalendarRules | None = None) -> Settings:
    """Read the settings file and let the environment override it.

    Args:
        path: the file; relative paths inside it start at its folder.
        environment: variables by name; see `environment.process_environment`.
        rules: say what is wrong in a calendar; without them only its shape is looked at.

    Raises:
        Refused: with every fault of the file and of the variables.
    """
    document = read(path)
    faults = blanks_in(document)
    schema = SettingsFile.model_json_schema()
    overridden = overrides(environment, dict(_kinds(schema, schema)))
    merged = _merged(document.value, overridden)
    try:
        file = SettingsFile.model_validate(merged)
    except ValidationError as error:
        complaints = error.errors(include_url=False)
        ours = [each for each in complaints if _variable(each["loc"], overridden)]
        theirs = [each for each in complaints if not _variable(each["loc"], overridden)]
        faults += faults_of(document, theirs, schema)
        faults += [_of_variable(each["loc"], fault, environment) for each, fault in _paired(ours, schema)]
        raise Refused(faults) from error
    reader = CalendarReader(document, path.parent)
    calendar = reader.terms(file.calendar, file.schedules)
    surprises = reader.judge(calendar, rules) if rules else []
    faults += reader.faults
    if faults:
        raise Refused(faults)
    return Settings(
        file=file,
        path=path,
        calendar=calendar,
        shown=tuple(_shown(document, merged, schema, overridden)),
        findings=(*_strays(environment, schema), *surprises),
        credentials=_folder(environment, "CREDENTIALS_DIRECTORY"),
        state=_folder(environment, "STATE_DIRECTORY"),
        runtime=_folder(environment, "RUNTIME_DIRECTORY"),
    )


def _folder(environment: Mapping[str, str], name: str) -> pathlib.Path | None:
    """Read a folder that systemd hands over; of several, the first."""
    given = environment.get(name, "").split(":")[0]
    return pathlib.Path(given) if given else None


def _kinds(schema: Mapping[str, Any], part: Mapping[str, Any], path: Key = ()) -> Iterator[tuple[Key, str]]:
    """Give the JSON type of every setting that one variable can hold."""
    for name, raw in part.get("properties", {}).items():
        inner = _opened(schema, raw)
        kind = inner.get("type", "")
        if kind == "object":
            yield from _kinds(schema, inner, (*path, name))
        elif kind != "array" or _opened(schema, inner.get("items", {})).get("type") == "string":
            yield (*path, name), kind


def _opened(schema: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a reference, and an alternative to nothing, to what is meant."""
    choices = [choice for choice in part.get("anyOf", ()) if choice.get("type") != "null"]
    if len(choices) == 1:
        return _opened(schema, choices[0])
    if "$ref" in part:
        return _opened(schema, schema["$defs"][str(part["$ref"]).rsplit("/", 1)[-1]])
    return part


def _merged(value: object, overridden: Mapping[Key, object]) -> object:
    if not isinstance(value, dict):
        return value
    merged: dict[str, Any] = _copied(value)
    for path, override in overridden.items():
        place: Any = merged
        for step in path[:-1]:
            place = place.setdefault(step, {}) if isinstance(place, dict) else {}
        if isinstance(place, dict):
            place[path[-1]] = override
    return merged


def _copied(value: dict[str, Any]) -> dict[str, Any]:
    return {key: _copied(inner) if isinstance(inner, dict) else inner for key, inner in value.items()}


def _variable(path: tuple[str | int, ...], overridden: Mapping[Key, object]) -> bool:
    return any(path[: len(key)] == key for key in overridden)


def _paired(complaints: list[Any], schema: Mapping[str, Any]) -> Iterator[tuple[Any, Fault]]:
    empty = parse("drd: settings/v1", "environment")
    for complaint in complaints:
        for fault in faults_of(empty, [complaint], schema):
            yield complaint, fault


def _of_variable(path: tuple[str | int, ...], fault: Fault, environment: Mapping[str, str]) -> Fault:
    name = next(variable_of(path[:end]) for end in range(len(path), 0, -1) if variable_of(path[:end]) in environment)
    return Fault(place=Place(file=f"${name}", line=1, column=1), message=fault.message, hint=fault.hint)


def _strays(environment: Mapping[str, str], schema: Mapping[str, Any]) -> Iterator[Fault]:
    known = {variable_of(path) for path, _ in _kinds(schema, schema)} | {PREFIX + name for name in OF_THE_COMMAND_LINE}
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in known:
            close = close_to(name.lower(), (each.lower() for each in known)).upper()
            hint = f"did you mean {close}?" if close else "`drd config show` lists the settings"
            yield Fault(place=Place(file=f"${name}", line=1, column=1), message="no such setting", hint=hint)


def _shown(
    document: Document, merged: object, schema: Mapping[str, Any], overridden: Mapping[Key, object]
) -> Iterator[Shown]:
    """Give every setting, given or by default, with its source."""
    defaults = SettingsFile.model_validate({"drd": "settings/v1"}).model_dump(mode="json", by_alias=True)
    given = dict(_leaves(merged))
    known = {path for path, _ in _kinds(schema, schema)}
    for path, default in _leaves(defaults):
        # A list is given whole: beside one that stands in the file, nothing of the default's is left.
        whole = path[: next((place for place, step in enumerate(path) if isinstance(step, int)), len(path))]
        nearer = any(key[: len(whole)] == whole or whole[: len(key)] == key for key in given)
        if path not in given and (path in known or not nearer):
            yield Shown(key=_joined(path), value=_text(default), source="default")
    for path, value in given.items():
        variable = next((variable_of(key) for key in overridden if path[: len(key)] == key), "")
        source = f"${variable}" if variable else str(document.place(path))
        secret = path[-1] in {"file", "credential"}
        yield Shown(key=_joined(path), value=STARS if secret else _text(value), source=source)


def _leaves(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], object]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    inner = [leaf for step, each in parts for leaf in _leaves(each, (*path, step))]
    if inner:
        yield from inner
    else:
        yield path, value


def _joined(path: tuple[str | int, ...]) -> str:
    return ".".join(str(step) for step in path)


def _text(value: object) -> str:
    if value is None or value in ([], {}):
        return "-"
    return str(value).lower() if isinstance(value, bool) else str(value)
