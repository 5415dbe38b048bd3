"""Whether the values of a line, and of the inputs, are what they must be."""

from collections.abc import Iterator

from drd.document import Document, Fault, Path, described, suggestion
from drd.domain.plan import RUNBOOK
from drd.runbook.file import CallModel, InputModel, RunbookFile
from drd.runbook.outline import Placed
from drd.runbook.reference import FORMS_HINT, Kind, fractions_in, references_in
from drd.runbook.vocabulary import Vocabulary

_PYTHON_TYPES = {"string": str, "integer": int, "boolean": bool}


def usage_faults(document: Document, line: Placed, vocabulary: Vocabulary) -> list[Fault]:
    """Give what is wrong with what a line uses, and with how it is undone."""
    found = list(_call_faults(document, line.step, line.path, vocabulary))
    if line.step.undo is not None:
        path = (*line.path, "undo")
        found += _call_faults(document, line.step.undo, path, vocabulary)
        uses = line.step.undo.uses
        if vocabulary.knows(uses) and not vocabulary.is_action(uses):
            found.append(document.fault((*path, "uses"), f"{uses} cannot undo anything", "use an action"))
    return found


def _call_faults(document: Document, call: CallModel, path: Path, vocabulary: Vocabulary) -> Iterator[Fault]:
    if not vocabulary.knows(call.uses):
        hint = suggestion(call.uses, vocabulary.names())
        yield document.fault((*path, "uses"), f'there is no action or check "{call.uses}"', hint)
        return
    at = (*path, "with")
    found = list(references_in(call.values))
    for each in found:
        if each.reference is None:
            message = f"not a reference: {described(each.text)}"
            yield document.fault((*at, *each.path), message, FORMS_HINT)
        elif each.reference.kind is Kind.STEP and call.uses == RUNBOOK:
            message = "a child's inputs are fixed when the plan is made, before any step has run"
            yield document.fault((*at, *each.path), message, "use an input of this runbook")
    for fraction in fractions_in(call.values):
        hint = "write a whole number, or the number in quotes where a text is wanted"
        yield document.fault((*at, *fraction), "a number with a fraction", hint)
    passed = [each.path for each in found]
    for fault in vocabulary.faults(call.uses, call.values):
        if not any(fault.path[: len(each)] == each for each in passed):
            hint = fault.hint or _hint(fault.message, fault.path, call, vocabulary)
            yield document.fault(
                (*at, *fault.path),
                f"{call.uses}: {fault.message.removeprefix('Value error, ')}",
                hint,
                key=_is_about_key(fault.message),
            )


def _is_about_key(message: str) -> bool:
    return message.startswith(("unknown key", "the key "))


def _hint(message: str, path: Path, call: CallModel, vocabulary: Vocabulary) -> str:
    """Say which keys there are, where a key is wrong or missing."""
    known = set(vocabulary.schema(call.uses).get("properties", {}))
    if len(path) == 1 and path[0] not in known and isinstance(path[0], str):
        return suggestion(path[0], known)
    if "missing" in message or "required" in message:
        return f"add `{path[-1] if path else 'it'}: ...` under `with`"
    return f"{call.uses} takes: {', '.join(sorted(known))}"


def input_faults(document: Document, file: RunbookFile) -> Iterator[Fault]:
    """Give what is wrong with the inputs."""
    for name, model in file.inputs.items():
        path = ("inputs", name)
        for place, value in enumerate(model.enum or ()):
            if not is_of(value, model):
                yield document.fault((*path, "enum", place), f"{described(value)} is no {model.type}", "correct it")
        if model.default is None:
            continue
        message = wrong_input(model, model.default)
        if message:
            yield document.fault((*path, "default"), message, "correct it, or delete the line to ask for it")


def is_of(value: object, model: InputModel) -> bool:
    """Say whether a value has the input's type."""
    return isinstance(value, _PYTHON_TYPES[model.type]) and not (model.type == "integer" and isinstance(value, bool))


def wrong_input(model: InputModel, value: object) -> str:
    """Say what is wrong with a value for an input; empty when nothing is."""
    if not is_of(value, model):
        return f"{described(value)} is no {model.type}"
    if model.enum is not None and value not in model.enum:
        return f"{described(value)} is not one of: {', '.join(str(each) for each in model.enum)}"
    return ""
