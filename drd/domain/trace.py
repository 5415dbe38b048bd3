"""Names of traces and spans, made from names that the journal holds.

Nobody has to remember them: a daemon that takes a run over goes on in the same trace, and a log line of one daemon
leads to what another one did. They are the ids of the W3C: 16 and 8 bytes, as lower-case hexadecimal.
"""

from hashlib import sha256

from drd.domain.ids import RunId, StepId

_TRACE_DIGITS, _SPAN_DIGITS = 32, 16


def trace_id(run: RunId) -> str:
    """Name the trace of a run."""
    return sha256(f"drd trace\n{run}".encode()).hexdigest()[:_TRACE_DIGITS]


def run_span_id(run: RunId) -> str:
    """Name the span that is the whole run."""
    return sha256(f"drd run\n{run}".encode()).hexdigest()[:_SPAN_DIGITS]


def step_span_id(run: RunId, step: StepId, course: int) -> str:
    """Name the span of a step; `course` is 1 until its first end, 2 when a person let it begin anew, and so on."""
    return sha256(f"drd step\n{run}\n{step}\n{course}".encode()).hexdigest()[:_SPAN_DIGITS]
