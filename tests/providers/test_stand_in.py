from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import orjson
import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from tests.providers.hostile import dispatch

from ambos.egress import Egress
from ambos.messages import Finished, Text, Usage, Zone
from ambos.providers import HttpProvider, ProviderSettings
from ambos.wire import EventStream

pytestmark = pytest.mark.shell
COMMAND = [sys.executable, "-m", "ambos.providers.stand_in", "--socket"]


@pytest.fixture
def stand_in(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "stand-in.sock"
    child = subprocess.Popen([*COMMAND, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"READY\n"
    yield path
    child.send_signal(signal.SIGTERM)
    assert child.wait(5) == 0
    child.communicate()


def settings(path: Path) -> ProviderSettings:
    return ProviderSettings("stand-in", "openai", f"unix:{path}", Zone.OUTSIDE, ("echo",))


async def ask(path: Path, request: object) -> tuple[int, bytes]:
    session = aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(path)))
    async with session, session.post("http://unix/v1/chat/completions", data=orjson.dumps(request)) as answer:
        return answer.status, await answer.read()


def says(*contents: object) -> dict[str, object]:
    return {"model": "echo", "messages": [{"role": "user", "content": content} for content in contents]}


async def test_says_what_it_received_through_our_own_provider(stand_in: Path) -> None:
    egress = Egress([settings(stand_in).destination()])
    provider = HttpProvider(settings(stand_in), egress)
    text = "¿Qué le pasa a  [PERSON-7f3a2b]?\n "
    for is_stream in (True, False):
        body = orjson.dumps({**says("antes", text), "stream": is_stream})
        deltas = [d async for batch in provider.stream(dispatch(body, provider="stand-in")) for d in batch]
        said = "".join(delta.text for delta in deltas if isinstance(delta, Text))
        assert said == f"[proveedor sustituto] He recibido: {text}"
        assert deltas[-2] == Finished("stop")
        assert isinstance(deltas[-1], Usage)
    await egress.close()


async def test_its_answers_are_valid_and_name_it(stand_in: Path) -> None:
    status, body = await ask(stand_in, says("What is hypertension?"))
    answer = ChatCompletion.model_validate(orjson.loads(body), strict=True)
    assert (status, answer.model) == (200, "stand-in/echo")
    assert answer.choices[0].message.content == "[stand-in provider] I received: What is hypertension?"
    _, streamed = await ask(stand_in, {**says("word by word"), "stream": True})
    payloads = EventStream().feed(streamed)
    assert payloads.pop() == b"[DONE]"
    chunks = [ChatCompletionChunk.model_validate(orjson.loads(payload), strict=True) for payload in payloads]
    assert {chunk.model for chunk in chunks} == {"stand-in/echo"}
    assert [chunk.choices[0].delta.content for chunk in chunks[-5:-2]] == [" word", " by", " word"]


async def test_other_forms_and_bad_requests(stand_in: Path) -> None:
    parts = [{"type": "text", "text": "uno"}, {"type": "image_url", "image_url": {}}, {"type": "text", "text": "dos"}]
    assert b"uno dos" in (await ask(stand_in, says(parts)))[1]
    assert b"I received: nothing" in (await ask(stand_in, says(None)))[1]
    bad: list[object] = [[], {}, {"messages": 7}, {"messages": ["x"]}, {"messages": [{}]}]
    for request in bad:
        status, body = await ask(stand_in, request)
        assert (status, orjson.loads(body)["error"]["code"]) == (400, "invalid_request_error")
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(stand_in))) as session:
        async with session.get("http://unix/v1/models") as answer:
            assert [model["id"] for model in (await answer.json())["data"]] == ["stand-in/echo"]
        async with session.get("http://unix/other") as answer:
            assert answer.status == 404


def test_its_socket_is_for_its_owner_only(stand_in: Path) -> None:
    assert stand_in.stat().st_mode & 0o777 == 0o600


def test_it_ends_when_its_standard_input_ends(tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    child = subprocess.Popen([*COMMAND, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdout.readline()
    child.stdin.close()
    assert child.wait(5) == 0
    child.stdout.close()


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's; runs on Linux")
async def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    code = f"import subprocess, sys; subprocess.Popen({[*COMMAND, str(path)]!r}, stdin=sys.stdin).wait()"
    reading, writing = os.pipe()  # its standard input stays open, so that only the signal can end it
    parent = subprocess.Popen([sys.executable, "-c", code], stdin=reading, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert await asyncio.to_thread(parent.stdout.readline) == b"READY\n"
    parent.kill()
    parent.wait(5)
    assert await asyncio.wait_for(asyncio.to_thread(parent.stdout.read), 5) == b""  # closed by the child's end
    parent.stdout.close()
    os.close(reading)
    os.close(writing)
