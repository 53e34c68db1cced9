"""Requests to destinations of the table by a client library: everything but the calls of models, which need none (ADR 13)."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client import _RequestContextManager
from aiohttp.client_proto import ResponseHandler
from yarl import URL

from ambos.egress.connection import MAX_HEAD_BYTES, READ_BYTES
from ambos.egress.destination import trusted
from ambos.errors import EgressError
from ambos.messages import Zone

if TYPE_CHECKING:
    from ambos.egress.gate import Egress, Gate

Answering: TypeAlias = _RequestContextManager  # to be awaited, or entered with `async with`

_UNSEEN: Final = frozenset({"json", "params"})  # what the client would write into the bytes behind our back


class Line:
    """Requests to one destination, over connections that are kept. An answer that redirects is given as it is, never
    followed, whatever the caller says."""

    __slots__ = ("_destination", "_egress", "_is_watched", "_session")

    def __init__(self, gate: Gate, egress: Egress) -> None:
        self._session = _session(gate)
        self._egress = egress
        self._destination = gate.destination
        self._is_watched = gate.destination.zone is Zone.OUTSIDE

    @property
    def is_closed(self) -> bool:
        """Nothing can be asked on it any more."""
        return self._session.closed

    def request(self, method: str, url: str | URL, **more: Any) -> Answering:  # Any: aiohttp's own options
        """One request, with the options of `aiohttp.ClientSession.request`."""
        self._egress.requests[self._destination.name] += 1
        if self._is_watched and self._egress.canaries:
            self._egress.look(self._destination, str(url).encode(), self._seen(more))
        return self._session.request(method, url, **{**more, "allow_redirects": False})

    def _seen(self, more: Mapping[str, object]) -> bytes:
        """The body, so that it can be looked at.

        Raises:
            EgressError: it comes piece by piece, or the client would write it.
        """
        data = more.get("data")
        if not _UNSEEN.isdisjoint(more) or not isinstance(data, bytes | str | None):
            raise EgressError(f"{self._destination.name}: only whole bodies leave, so that they can be looked at")
        return data.encode() if isinstance(data, str) else data or b""

    def get(self, url: str | URL, **more: Any) -> Answering:
        """`request` with GET."""
        return self.request("GET", url, **more)

    def post(self, url: str | URL, **more: Any) -> Answering:
        """`request` with POST."""
        return self.request("POST", url, **more)

    async def whole(
        self, method: str, url: str, body: bytes | str | None = None, headers: Mapping[str, str] | None = None, *,
        within_s: float, most: int,
    ) -> tuple[int, bytes]:  # fmt: skip
        """One request and its answer: status and body.

        Args:
            within_s: longest time for all of it.
            most: bytes of a body.

        Raises:
            EgressError: it may not be reached.
            ConnectionAbortedError: it said more than `most` bytes.
            OSError: it was not reached in time, or broke off.
        """
        content = bytearray()
        try:
            limit = aiohttp.ClientTimeout(total=within_s)
            async with self.request(method, url, data=body, headers=headers, timeout=limit) as answer:
                async for piece in answer.content.iter_any():
                    content += piece
                    if len(content) > most:
                        raise ConnectionAbortedError("the answer is too long")
                return answer.status, bytes(content)
        except aiohttp.ClientError as error:
            if isinstance(error, OSError):
                raise
            raise ConnectionError(type(error).__name__) from None

    async def close(self) -> None:
        """Close its connections."""
        await self._session.close()


def _session(gate: Gate) -> aiohttp.ClientSession:
    """A session whose every request passes this gate."""
    return aiohttp.ClientSession(
        connector=_connector(gate),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        headers={"Accept-Encoding": "identity"},
        read_bufsize=READ_BYTES,
        max_line_size=MAX_HEAD_BYTES,
        max_field_size=MAX_HEAD_BYTES,
        skip_auto_headers=("User-Agent",),
        timeout=aiohttp.ClientTimeout(total=None),
    )


def _connector(gate: Gate) -> aiohttp.BaseConnector:
    if gate.destination.path:
        return _Unix(gate, path=gate.destination.path, limit=0)
    return _Tcp(
        gate,
        resolver=_Resolver(gate),
        socket_factory=gate.socket,
        ssl=trusted(gate.destination.ca_file) if gate.destination.is_tls else False,
        use_dns_cache=False,  # a name is looked up anew for each connection: it may change its mind between two
        limit=0,
        keepalive_timeout=30,
        happy_eyeballs_delay=None,
    )


class _Resolver(AbstractResolver):
    """The gate's second step, as the client library asks for it."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Addresses that may be reached."""
        return cast("list[ResolveResult]", await self._gate.resolve(host, port, family))

    async def close(self) -> None:
        """Nothing is kept."""


class _Passing:
    """A connector whose connections pass a gate; what is kept between requests passed it when it was made."""

    _gate: Gate

    async def _create_connection(self, req: aiohttp.ClientRequest, *rest: Any) -> ResponseHandler:
        self._gate.check_request(req.url.scheme, req.url.host, req.url.port, has_proxy=req.proxy is not None)
        try:
            made: ResponseHandler = await super()._create_connection(req, *rest)  # type: ignore[misc]  # the connector's
        except BaseException as error:
            self._gate.connected(error)
            raise
        self._gate.connected()
        return made


class _Tcp(_Passing, aiohttp.TCPConnector):
    def __init__(self, gate: Gate, **more: Any) -> None:
        super().__init__(**more)
        self._gate = gate


class _Unix(_Passing, aiohttp.UnixConnector):
    def __init__(self, gate: Gate, **more: Any) -> None:
        super().__init__(**more)
        self._gate = gate
