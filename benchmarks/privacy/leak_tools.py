"""Drives two leak testers of others, canarywire and pii-leak-benchmark (PyPI), against the running gateway.

    python -m benchmarks.privacy.leak_tools BIN [--json FILE]

BIN is the folder of an environment where they are installed (`pip install canarywire pii-leak-benchmark`; they are no
dependency). Each records what the gateway sends upstream and checks that nothing raw is in it and that the caller gets
everything back. A relay in front adds the gateway's key, since canarywire sends none; one behind takes off the line for
the model that the gateway puts before a masked conversation (it holds no value), since canarywire looks by position.

A card makes a request restricted, so that it stays inside and the testers can say nothing of it: canarywire's own
templates with a card run as they are in "restricted" (nothing may arrive at all), and without the card in "masked".
pii-leak-benchmark has one request for all its types, a card and keys among them: as it is nothing arrives. In a second
run a relay in front takes the card's number out and puts it back into the answer, so that what it says of e-mail and
social security number is measured, and what it says of the card is not.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from benchmarks.gateway import Ambos, free_port

CAPTURE = 8765
_MASKED = """
target:
  base_url: {target}
  routes:
    - {{protocol: openai-chat, path: /v1/chat/completions}}
generators:
  baseline: {{enabled: true, templates: [letter, table, turns]}}
  fragmentation: {{enabled: true, templates: [letter, turns]}}
canary_types: {{}}
templates:
  letter:
    canaries: {{email: {{type: email, domain: correo-real.es}}, phone: {{type: phone, region: uk}}, id: {{type: national_id, country: us}}}}
    request:
      model: up/canarywire-test
      messages:
        - role: user
          content: "Please update the account: mail {{{{ email.raw }}}}, phone {{{{ phone.raw }}}}, SSN {{{{ id.raw }}}}. Thanks."
    response:
      content: "Updated: mail {{{{ email.masked }}}}, phone {{{{ phone.masked }}}}, SSN {{{{ id.masked }}}}."
  table:
    canaries: {{email: {{type: email, domain: correo-real.es}}, phone: {{type: phone, region: fr}}}}
    request:
      model: up/canarywire-test
      messages:
        - role: user
          content: "Teléfono;correo\\n{{{{ phone.raw }}}};{{{{ email.raw }}}}"
    response:
      content: "| {{{{ email.masked }}}} | {{{{ phone.masked }}}} |"
  turns:
    canaries: {{iban: {{type: iban, country: es}}, other: {{type: iban, country: gb}}}}
    request:
      model: up/canarywire-test
      messages:
        - role: user
          content: "Compare the formats {{{{ iban.raw }}}} and {{{{ other.raw }}}}"
        - role: assistant
          content: "The first, {{{{ iban.raw }}}}, is Spanish."
        - role: user
          content: "And the other one?"
    response:
      content: "{{{{ other.masked }}}} is British, {{{{ iban.masked }}}} is not."
"""


async def relay(
    port: int,
    onward: int,
    *,
    key: str = "",
    change: Callable[[bytes], bytes] = bytes,
    back: Callable[[bytes], bytes] = bytes,
) -> web.AppRunner:
    """A server that hands everything on, with the gateway's key if there is one and both bodies changed."""

    async def hand_on(request: web.Request) -> web.StreamResponse:
        headers = {
            name: value for name, value in request.headers.items() if name.lower() not in ("host", "content-length")
        }
        if key:
            headers["Authorization"] = f"Bearer {key}"
        url = f"http://127.0.0.1:{onward}{request.path_qs}"
        async with aiohttp.ClientSession(auto_decompress=False) as session, session.request(
            request.method, url, data=change(await request.read()), headers=headers
        ) as answer:  # fmt: skip
            kept = {
                n: v
                for n, v in answer.headers.items()
                if n.lower() not in ("transfer-encoding", "content-length", "connection")
            }
            out = web.StreamResponse(status=answer.status, headers=kept)
            await out.prepare(request)
            if back is not bytes:
                await out.write(back(await answer.read()))
                return out
            async for piece in answer.content.iter_any():
                await out.write(piece)
            return out

    app = web.Application(client_max_size=1 << 24)
    app.router.add_route("*", "/{path:.*}", hand_on)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner


def without_note(body: bytes) -> bytes:
    """A chat request without a leading system message that says what codes are."""
    try:
        request = json.loads(body)
        first = request["messages"][0]
        if first["role"] == "system" and "[KIND-" in first["content"]:
            del request["messages"][0]
    except (ValueError, LookupError, TypeError):
        return body
    return json.dumps(request, ensure_ascii=False).encode()


def finished(body: bytes) -> bytes:
    """A stream with the reason of its end, which pii-leak-benchmark leaves out: without one an answer counts as cut short."""
    if b"finish_reason" in body:
        return body
    end = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
    return body.replace(b"data: [DONE]", end + b"data: [DONE]")


class Card:
    """Takes the number of a card out of a request and puts it back into the answer: no gateway of ours sends it out."""

    def __init__(self) -> None:
        self._number = b""

    def taken(self, body: bytes) -> bytes:
        if found := _CARD.search(body):
            self._number = found.group()
        return _CARD.sub(b"(number)", body)

    def given(self, body: bytes) -> bytes:
        """In a stream of single characters too: its text in one piece, where the first one stood."""
        if not body.startswith(b"data:"):
            return body.replace(b"(number)", self._number)
        events = [line[5:].strip() for line in body.split(b"\n\n") if line.startswith(b"data:")]
        read = [json.loads(one) for one in events if one != b"[DONE]"]
        said = [one for one in read if one["choices"] and one["choices"][0]["delta"].get("content")]
        text = "".join(one["choices"][0]["delta"]["content"] for one in said).replace("(number)", self._number.decode())
        for one in said:
            one["choices"][0]["delta"]["content"], text = text, ""
        return b"".join(b"data: " + json.dumps(one).encode() + b"\n\n" for one in read) + b"data: [DONE]\n\n"


_CARD = re.compile(rb"[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{4}")


async def ran(*command: str, folder: Path | None = None) -> tuple[int, str]:
    done = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=folder)
    out, _ = await done.communicate()
    return done.returncode or 0, out.decode("utf-8", "replace")


async def canarywire(tools: Path, target: str, folder: Path) -> dict[str, Any]:
    program = str(tools / "canarywire")
    await ran(program, "serve", "--detach", "--listen", f"127.0.0.1:{CAPTURE}", folder=folder)
    made: dict[str, Any] = {}
    try:
        config = folder / "canarywire.yaml"
        config.write_text(_MASKED.format(target=target), "utf-8")
        for name, choice in (
            ("masked", ("--config", str(config))),
            ("restricted", ("--target", target, "--generators", "baseline")),
        ):
            code, _ = await ran(program, "run", *choice, "--out", str(folder / name), folder=folder)
            report = folder / name / "report.json"
            made[name] = {"exit": code, **_told(report)}
    finally:
        await ran(program, "stop", folder=folder)
    return made


def _told(report: Path) -> dict[str, Any]:
    """What counts of a report: it also holds every canary."""
    if not report.exists():
        return {}
    told = json.loads(report.read_text())
    statuses = Counter(one["status"] for one in told["attacks"])
    return {
        "version": told["run"]["canarywire_version"], "outcome": told["outcome"], "attacks": dict(statuses),
        "values_verified": told["verified"], "findings": len(told["findings"]), "requests_upstream": told["capture"]["requests"],
    }  # fmt: skip


async def leak_benchmark(tools: Path, target: str, key: str, folder: Path, *more: str) -> dict[str, Any]:
    report = folder / "selfcheck.json"
    code, said = await ran(
        str(tools / "pii-leak-benchmark"), "selfcheck", "--target-base-url", f"{target}/v1", "--target-api-key", key,
        "--target-model", "up/canarywire-test", "--capture-port", str(CAPTURE), "--json-out", str(report), *more,
    )  # fmt: skip
    lines = [line.strip() for line in said.splitlines()]
    return {
        "exit": code,
        "said": [
            line
            for line in lines
            if line.startswith(
                ("Requests to capture", "EMAIL", "SSN", "CREDIT_CARD", "response_", "sse_", "fragmentation_", "client_")
            )
        ],
    }


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("tools", type=Path)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    behind, port, carded, card = free_port(), free_port(), free_port(), Card()
    server = Ambos(behind, models=("canarywire-test",))
    relays = [
        await relay(port, server.port, key=server.key),
        await relay(behind, CAPTURE, change=without_note, back=finished),
        await relay(carded, server.port, change=card.taken, back=card.given),
    ]
    try:
        with tempfile.TemporaryDirectory() as folder:
            result = {
                "canarywire": await canarywire(asked.tools, f"http://127.0.0.1:{port}", Path(folder)),
                "pii-leak-benchmark": await leak_benchmark(
                    asked.tools, f"http://127.0.0.1:{server.port}", server.key, Path(folder)
                ),
                "pii-leak-benchmark, without the card": await leak_benchmark(
                    asked.tools,
                    f"http://127.0.0.1:{carded}",
                    server.key,
                    Path(folder),
                    "--no-credentials",
                    "--profile",
                    "pii-v1",
                ),
            }
    finally:
        for one in relays:
            await one.cleanup()
        server.stop()
    print(json.dumps(result, indent=1, ensure_ascii=False))
    if asked.json:
        asked.json.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    asyncio.run(main())
