"""Takes spans to the collector in a thread of its own. A collector that is away or slow costs spans, never time."""

import threading
from collections import deque
from time import monotonic

import structlog
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

_log = structlog.get_logger(__name__)

ROOM = 4096
"""Spans that wait at most; more are dropped."""
_BATCH = 512
_EVERY_SECONDS = 1.0
_TOLD_EVERY_SECONDS = 60.0
_LANDING_SECONDS = 0.2


class Post(SpanProcessor):
    """A bounded queue, and who empties it.

    The library's own batch processor neither counts what it drops nor ends in a given time.
    """

    def __init__(self, exporter: SpanExporter, *, room: int = ROOM, told_every: float = _TOLD_EVERY_SECONDS) -> None:
        """Begin to send. `told_every`: host seconds between two lines about spans that were dropped."""
        self._exporter = exporter
        self._room = room
        self._told_every = told_every
        self._told_at = float("-inf")
        self._waiting: deque[ReadableSpan] = deque()
        self._lock = threading.Lock()
        self._dropped = self._flying = 0
        self._call = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="spans", daemon=True)
        self._thread.start()

    def on_end(self, span: ReadableSpan) -> None:
        """Take a span, or drop it where there is no room. Returns at once."""
        with self._lock:
            if len(self._waiting) >= self._room or self._closing:
                self._dropped += 1
                return
            self._waiting.append(span)
            full = len(self._waiting) >= _BATCH
        if full:
            self._call.set()

    def close(self, seconds: float) -> None:
        """Send what is left for at most so long, and tell what was dropped. May be called twice."""
        if self._closing:
            return
        self._closing = True
        self._call.set()
        self._thread.join(seconds)
        # From here on every batch fails at once, also one that waited to be sent again.
        self._exporter.shutdown()
        self._thread.join(_LANDING_SECONDS)
        with self._lock:
            self._dropped += len(self._waiting) + self._flying
            self._waiting.clear()
        self._tell(at_once=True)

    def _work(self) -> None:
        while True:
            self._call.wait(_EVERY_SECONDS)
            self._call.clear()
            while batch := self._batch():
                self._send(batch)
            self._tell()
            if self._closing:
                return

    def _batch(self) -> list[ReadableSpan]:
        with self._lock:
            self._flying = min(_BATCH, len(self._waiting))
            return [self._waiting.popleft() for _ in range(self._flying)]

    def _send(self, batch: list[ReadableSpan]) -> None:
        try:
            arrived = self._exporter.export(batch) is SpanExportResult.SUCCESS
        except Exception:  # noqa: BLE001 - whatever the library raises, the next batch has its turn
            arrived = False
        with self._lock:
            self._flying = 0
            self._dropped += 0 if arrived else len(batch)

    def _tell(self, *, at_once: bool = False) -> None:
        now = monotonic()
        if not at_once and now - self._told_at < self._told_every:
            return
        with self._lock:
            dropped, self._dropped = self._dropped, 0
        if dropped:
            self._told_at = now
            _log.warning("spans dropped", count=dropped, because="the collector is away, too slow, or refused them")
