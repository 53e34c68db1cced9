"""What `/metrics` tells: counts and times by closed labels. Never a text, a key, a name or an address."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

from ambos.egress import RESULTS, Egress

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """The counters of one worker; with `shared_directory` they are summed over all workers."""

    def __init__(self, *, shared_directory: str = "") -> None:
        self._shared = shared_directory
        registry = self._registry = CollectorRegistry()
        self.requests = Counter("ambos_requests_total", "answers by status", ("route", "status"), registry=registry)
        self.seconds = Histogram(
            "ambos_request_seconds", "time to the end of the answer", ("route",), buckets=_SECONDS, registry=registry
        )
        self.connections = Counter(
            "ambos_egress_connections_total",
            "outbound connections: made, failed, or refused by the table of destinations",
            ("purpose", "result"),
            registry=registry,
        )
        self.closed = Gauge(
            "ambos_outside_closed",
            "1 while the probes of a worker keep the outside closed",
            registry=registry,
            multiprocess_mode="max",
        )
        # The library's look-up of a series costs more than counting does.
        self._problem: Callable[[], str] = str
        self._answered: dict[tuple[str, str], tuple[Counter, Histogram]] = {}

    def answered(self, route: str, status: str, seconds: float) -> None:
        """Count one answer."""
        found = self._answered.get((route, status))
        if found is None:
            found = self._answered[route, status] = self.requests.labels(route, status), self.seconds.labels(route)
        found[0].inc()
        found[1].observe(seconds)

    def watch_probes(self, problem: Callable[[], str]) -> None:
        """Tell whether the probes keep the outside closed, as it is when somebody asks."""
        self._problem = problem

    def watch(self, egress: Egress) -> None:
        """Count what becomes of its connections; each series of its table stands from the start, so that rates work."""
        for purpose in {"none", *(one.purpose for one in egress.table)}:
            for result in RESULTS:
                self.connections.labels(purpose, result)
        egress.watch = lambda purpose, result: self.connections.labels(purpose, result).inc()

    def text(self) -> bytes:
        """The exposition format of Prometheus."""
        self.closed.set(bool(self._problem()))
        if not self._shared:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        multiprocess.MultiProcessCollector(together, path=self._shared)  # type: ignore[no-untyped-call]  # the library's
        return generate_latest(together)
