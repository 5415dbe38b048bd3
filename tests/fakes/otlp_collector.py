"""A collector of traces on loopback: takes OTLP over HTTP, and reads it with the protocol's own classes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

_ACCEPTED = 200


@dataclass(frozen=True, slots=True)
class Told:
    """A span as it arrived; ids as hexadecimal, instants in nanoseconds."""

    trace: str
    id: str
    parent: str
    name: str
    kind: int
    began: int
    ended: int
    failed: bool
    told: dict[str, str]
    links: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, span: Span) -> "Told":
        """Read one."""
        return cls(
            trace=span.trace_id.hex(),
            id=span.span_id.hex(),
            parent=span.parent_span_id.hex(),
            name=span.name,
            kind=span.kind,
            began=span.start_time_unix_nano,
            ended=span.end_time_unix_nano,
            failed=span.status.code == 2,
            told={each.key: _text(each.value) for each in span.attributes},
            links=tuple((link.trace_id.hex(), link.span_id.hex()) for link in span.links),
        )


def _text(value: object) -> str:
    kind = value.WhichOneof("value")  # type: ignore[attr-defined]  # made by protobuf
    return str(getattr(value, kind))


class Collector:
    """What was collected, and where."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.bodies: list[bytes] = []
        self.resources: list[dict[str, str]] = []
        self.spans: list[Told] = []
        self.endpoint = ""

    def take(self, body: bytes) -> None:
        """Read a request."""
        self.bodies.append(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.resources.append({each.key: _text(each.value) for each in resource.resource.attributes})
            self.spans += [Told.of(span) for scope in resource.scope_spans for span in scope.spans]


@contextmanager
def collecting() -> Iterator[Collector]:
    """Listen until the end of the block."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            body = self.rfile.read(length)
            if self.path == "/v1/traces" and self.headers["content-type"] == "application/x-protobuf":
                collector.take(body)
                self.send_response(_ACCEPTED)
            else:
                self.send_response(404)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        serving.start()
        collector.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield collector
        finally:
            server.shutdown()
            serving.join()
