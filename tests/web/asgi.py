"""The front of a house in the test's own process: a request goes straight into the ASGI callable."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar
from urllib.parse import unquote

from ambos.app import House, Order, build_house
from ambos.identity import Principal, Role
from ambos.store import NewKey
from ambos.web.front import Front
from ambos.web.metrics import Metrics

T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: str


class Doorstep:
    """A running front, and an event loop for it."""

    def __init__(self, house: House, runner: asyncio.Runner) -> None:
        self.house, self._runner = house, runner
        self.front = Front(house, Metrics(shared_directory=""))

    def run(self, work: Awaitable[T]) -> T:
        async def done() -> T:
            return await work

        return self._runner.run(done())

    def key(self, role: Role) -> NewKey:
        made = self.house.store.keys.create(tenant=self.house.config.tenant, roles=frozenset({role}), name=role.value)
        return self.run(made)

    def session(self, key: NewKey) -> str:
        return self.run(self.house.store.keys.exchange(key.key))

    async def principal(self, key: NewKey) -> Principal:
        found = await self.house.store.keys.find(key.key)
        assert found is not None
        return found

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: str = "",
        headers: list[tuple[str, str]] | None = None,
        body: bytes = b"",
        is_control: bool = False,
    ) -> Answer:
        return self.run(self._ask(method, path, query, headers or [], body, is_control=is_control))

    async def _ask(
        self, method: str, path: str, query: str, headers: list[tuple[str, str]], body: bytes, *, is_control: bool
    ) -> Answer:
        sent = [(b"host", b"localhost:8800"), (b"content-length", b"%d" % len(body))]
        sent += [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers]
        scope: MutableMapping[str, Any] = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": unquote(path), "raw_path": path.encode("utf-8", "replace"), "root_path": "",
            "query_string": query.encode("utf-8", "replace"), "headers": sent, "client": ("192.0.2.1", 1),
            "server": ("127.0.0.1", 8800),
        }  # fmt: skip
        if is_control:
            scope["ambos.connection"] = SimpleNamespace(peer_uid=os.getuid(), has_whole_body=True)
        messages = [{"type": "http.request", "body": body, "more_body": False}]
        seen: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            if messages:
                return messages.pop(0)
            await asyncio.Event().wait()  # the client stays
            raise AssertionError

        async def send(message: MutableMapping[str, Any]) -> None:
            seen.append(message)

        await self.front(scope, receive, send)
        told = {name.decode().lower(): value.decode("latin-1") for name, value in seen[0]["headers"]}
        whole = b"".join(one.get("body", b"") for one in seen[1:])
        return Answer(seen[0]["status"], told, whole.decode("utf-8", "replace"))


@contextmanager
def doorstep(directory: Path, configuration: str) -> Iterator[Doorstep]:
    """A house of its own in `directory`."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "ambos.toml").write_text(f'[inside]\nmodel = "none"\n{configuration}', encoding="utf-8")
    with asyncio.Runner() as runner:
        house = build_house(Order(str(directory), listen=(0,)), may_create=True)

        async def start() -> None:
            house.store.start()
            await house.keeper.start()

        runner.run(start())
        try:
            yield Doorstep(house, runner)
        finally:
            runner.run(house.close())
