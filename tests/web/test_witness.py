"""A house and a partner's witness, each in its own process: asked, remembered, and what an old backup meets."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import shutil
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.audit.test_witness import LEAVES, LOG, head, submitted
from tests.live import Server, ambos, drain, free_port
from tests.store.conftest import MovedClock, SystemRandom

from ambos.app.witnesses import add_witness
from ambos.app.witnessing import keep_witnessed
from ambos.audit import Checkpoint, Verifier, leaf_hash
from ambos.audit.note import Note
from ambos.audit.quorum import Party
from ambos.store import StoreSettings, open_store

pytestmark = pytest.mark.shell


@dataclass
class Partner:
    """A running `ambos audit witness serve`."""

    directory: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def vkey(self) -> str:
        return (self.directory / "witness.vkey").read_text().strip()

    def request(self, method: str, path: str, body: bytes = b"") -> tuple[int, str, bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body)
        answer = connection.getresponse()
        told = answer.status, answer.getheader("content-type") or "", answer.read()
        connection.close()
        return told

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


@pytest.fixture
def partner(tmp_path: Path, environment: dict[str, str]) -> Iterator[Callable[..., Partner]]:
    running: list[Partner] = []

    def start(vkey: str, directory: Path = tmp_path / "partner", *more: str) -> Partner:
        port = free_port()
        command = [sys.executable, "-m", "ambos.cli", "audit", "witness", "serve", "--directory", str(directory)]
        command += ["--log", vkey, "--name", "partner.example/w1", "--port", str(port), *more]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"Witness at http")
        drain(process)
        running.append(Partner(directory, port, process))
        return running[-1]

    yield start
    for one in running:
        one.stop()


def vkey_of(server: Server) -> str:
    return (server.directory / "log.vkey").read_text().strip()


def asked(server: Server) -> list[dict[str, object]]:
    done = server.run("audit", "witness", "ask", "--json", check=False)
    rows: list[dict[str, object]] = json.loads(done.stdout)
    assert done.returncode == (1 if any(row["problem"] for row in rows) else 0)
    return rows


def verified(server: Server, *options: str) -> tuple[int, dict[str, object]]:
    done = server.run("audit", "verify", "--json", *options, check=False)
    return done.returncode, json.loads(done.stdout)


def test_a_house_is_witnessed_and_its_receipts_say_so(
    serve: Callable[..., Server], partner: Callable[..., Partner], tmp_path: Path, environment: dict[str, str]
) -> None:
    server = serve()
    witness = partner(vkey_of(server))
    assert server.run("audit", "witness", "ask", check=False).returncode == 1  # nobody to ask
    server.run("audit", "witness", "add", witness.vkey, witness.url, "--name", "partner")
    assert server.run("audit", "witness", "add", witness.vkey, witness.url, check=False).returncode == 1
    listed = json.loads(server.run("audit", "witness", "list", "--json").stdout)
    assert listed["witnesses"] == [{"name": "partner", "vkey": witness.vkey, "url": witness.url}]

    first, second = asked(server)[0], asked(server)[0]
    assert (first["problem"], second["problem"]) == ("", "")
    assert isinstance(first["size"], int)
    assert second["size"] == first["size"] + 1  # the answer is an entry of the log itself
    entries = server.entries()
    assert entries[-1]["event"] == "witnessed"

    # A receipt in a head that the witness cosigned, checked by the verifier that knows nothing of us.
    receipt = tmp_path / "r.tlog-proof"
    made = json.loads(server.run("audit", "proof", "0", "--output", str(receipt), "--json").stdout)
    assert (made["count"], made["witnesses"]) == (1, ["partner.example/w1"])
    script = "import sys; from ambos_verify import main; sys.exit(main(sys.argv[1:]))"
    check = [sys.executable, "-c", script, str(receipt), "--vkey", vkey_of(server), "--vkey", witness.vkey]
    done = subprocess.run(check, capture_output=True, text=True, check=True, env=environment)
    assert "witness    partner.example/w1" in done.stdout

    # The witness shows what it remembers, under the hash of the origin.
    origin = vkey_of(server).partition("+")[0]
    path = f"/{hashlib.sha256(origin.encode()).hexdigest()}/checkpoint"
    status, kind, note = witness.request("GET", path)
    assert (status, kind) == (200, "text/plain; charset=utf-8")
    assert note.decode().split("\n")[:2] == [origin, str(second["size"])]
    assert note.count("\u2014".encode()) == 2

    code, told = verified(server, "--witness")
    assert (code, told["remembered_by"], told["silent"]) == (0, ["witness partner"], [])
    assert "Nothing outside the data directory was asked" in server.run("audit", "verify").stdout


@pytest.mark.timeout(300)  # eighteen commands, each a process of its own
def test_an_old_backup_is_told_by_the_witness_and_by_the_anchor(
    serve: Callable[..., Server], partner: Callable[..., Partner], tmp_path: Path, environment: dict[str, str]
) -> None:
    server = serve()
    witness = partner(vkey_of(server))
    server.run("audit", "witness", "add", witness.vkey, witness.url, "--name", "partner")
    asked(server)
    server.stop()
    shutil.copytree(server.directory, tmp_path / "backup", ignore=shutil.ignore_patterns("run", "*.sock"))
    for _ in range(3):
        server.run("keys", "create", "--role", "user")
    assert asked(server)[0]["problem"] == ""
    anchor = tmp_path / "anchor"
    assert "first time" in server.run("audit", "verify", "--anchor", str(anchor)).stdout
    assert verified(server, "--anchor", str(anchor))[1]["remembered_by"] == ["the anchor"]
    inside = server.directory / "anchor"
    assert server.run("audit", "verify", "--anchor", str(inside), check=False).returncode == 1
    server.run("keys", "create", "--role", "user")
    code, told = verified(server, "--anchor", str(anchor), "--new")
    assert (code, told["ok"]) == (0, True)
    assert isinstance(told["since"], int)
    assert told["since"] > 0

    shutil.rmtree(server.directory)
    shutil.copytree(tmp_path / "backup", server.directory)
    code, told = verified(server)
    assert (code, told["remembered_by"]) == (0, [])  # from inside it looks right, and nothing else was asked
    for options in (("--anchor", str(anchor)), ("--anchor", str(anchor), "--new"), ("--witness",)):
        code, told = verified(server, *options)
        assert (code, told["ok"]) == (1, False), options
    row = asked(server)[0]
    assert row["is_alarm"] is True
    assert "an old copy was restored" in str(row["problem"])
    # A witness that is away is said to be away, and is no alarm.
    witness.stop()
    code, told = verified(server, "--witness")
    assert (code, told["remembered_by"]) == (0, [])
    assert str(told["silent"]).startswith("['partner: it cannot be reached")
    assert asked(server)[0]["is_alarm"] is False


def test_the_protocol_of_the_witness(partner: Callable[..., Partner]) -> None:
    witness = partner(LOG.verifier.vkey)

    def add(body: bytes) -> tuple[int, str, bytes]:
        return witness.request("POST", "/add-checkpoint", body)

    status, _, lines = add(submitted(0, 5).write())
    assert status == 200
    key = Verifier.parse(witness.vkey)
    assert key.verify(head(5).text(), Note.parse(f"{head(5).text()}\n".encode() + lines).signatures[0]).time_s
    assert add(submitted(0, 9).write()) == (409, "text/x.tlog.size", b"5\n")
    assert add(submitted(3, 9).write()) == (409, "text/x.tlog.size", b"5\n")
    forged = [*LEAVES[:4], leaf_hash(b"forged"), *LEAVES[5:]]
    assert add(submitted(5, 9, forged).write())[0] == 422
    assert add(submitted(5, 5, forged).write())[0] == 422
    assert add(submitted(5, 9).write().replace(b"old 5", b"old 10"))[0] == 400
    assert add(b"nonsense")[0] == 400
    other = base64.b64encode(hashlib.sha256(b"x").digest())
    assert add(submitted(5, 9).write()[:-30] + other + b"=\n")[0] in {400, 403}
    unknown = Checkpoint("log.example/else", 0, head(0).root)
    assert add(b"old 0\n\n" + unknown.text().encode() + b"\n\xe2\x80\x94 x AAAAAAA=\n")[0] == 404
    assert add(b"x" * 400_000)[0] == 413
    assert witness.request("GET", "/add-checkpoint")[0] == 405
    assert witness.request("GET", "/")[0] == 404
    assert witness.request("GET", f"/{'0' * 64}/checkpoint")[0] == 404
    assert witness.request("GET", "/../witness.key/checkpoint")[0] == 404

    # It remembers over a restart, also one that nobody announced.
    witness.process.kill()
    witness.process.wait()
    again = partner(LOG.verifier.vkey, witness.directory)
    assert again.request("POST", "/add-checkpoint", submitted(0, 9).write())[2] == b"5\n"
    assert again.request("POST", "/add-checkpoint", submitted(5, 9).write())[0] == 200

    # What it remembers is damaged: it signs nothing, and does not start anew from zero.
    kept = next((witness.directory / "heads").iterdir())
    kept.write_bytes(kept.read_bytes()[:-20])
    assert again.request("POST", "/add-checkpoint", submitted(0, 9).write())[0] == 503
    assert again.request("POST", "/add-checkpoint", submitted(9, 12).write())[0] == 503


def test_a_witness_does_not_lie_in_the_directory_that_it_watches(
    serve: Callable[..., Server], environment: dict[str, str]
) -> None:
    server = serve()
    options = ("--directory", str(server.directory), "--log", vkey_of(server), "--name", "w.example/1")
    done = ambos("audit", "witness", "serve", *options, environment=environment, check=False)
    assert done.returncode == 1
    assert "elsewhere" in done.stderr
    options = ("--directory", str(server.directory / "w"), "--log", vkey_of(server), "--name", "w.example/1")
    done = ambos("audit", "witness", "serve", *options, "--tls-key", "key.pem", environment=environment, check=False)
    assert done.returncode == 1
    assert "go together" in done.stderr


async def test_a_running_house_has_what_is_new_cosigned_and_then_rests(
    partner: Callable[..., Partner], tmp_path: Path
) -> None:
    settings = StoreSettings(directory=tmp_path / "data", roots=tmp_path / "roots", may_create=True)
    with open_store(settings, MovedClock(), SystemRandom()) as store:
        await store.log.append("stopped", tenant="house", fields={"reason": "test"})
        witness = partner(settings.vkey_path.read_text().strip())
        add_witness(settings.directory, Party(Verifier.parse(witness.vkey), "partner", witness.url))
        asking = asyncio.create_task(keep_witnessed(store, settings.directory, tenant="house", every_s=0.02))
        for size in (1, 3):  # the answer of the first is an entry of its own
            async with asyncio.timeout(20):
                while [Checkpoint.parse(Note.parse(note).text).size for note in store.tree.cosigned(1)] != [size]:
                    await asyncio.sleep(0.02)
            await asyncio.sleep(0.3)  # longer than many rounds: answers alone are no news
            assert store.head().size == size + 1
            await store.log.append("stopped", tenant="house", fields={"reason": "test"})
        asking.cancel()
        assert store.verify().fault is None


def test_a_witness_speaks_tls_with_the_certificate_it_is_given(partner: Callable[..., Partner], tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(1), now + timedelta(1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    certificate, private = tmp_path / "cert.pem", tmp_path / "key.pem"
    certificate.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    options = ("--tls-cert", str(certificate), "--tls-key", str(private))
    witness = partner(LOG.verifier.vkey, tmp_path / "partner", *options)
    context = ssl.create_default_context(cafile=str(certificate))
    connection = HTTPSConnection("localhost", witness.port, timeout=30, context=context)
    connection.request("POST", "/add-checkpoint", submitted(0, 5).write())
    answer = connection.getresponse()
    assert answer.status == 200
    assert answer.read().startswith("\u2014 partner.example/w1 ".encode())
    connection.close()
