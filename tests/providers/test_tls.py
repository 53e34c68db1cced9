"""A real TLS upstream on loopback, with certificates of an authority that the test makes."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.providers.hostile import Upstream, said_by, saying, whole

from ambos.egress import Egress
from ambos.errors import ConfigError, UpstreamError
from ambos.messages import Finished, Text, Usage
from ambos.providers import HttpProvider, is_retryable

ANSWER = orjson.dumps(
    {
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "hola"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 1},
    }
)
PEM = serialization.Encoding.PEM
NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)


@dataclass
class Authority:
    """A certificate authority of one test."""

    folder: Path
    name: str = "ca"

    def __post_init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._subject = named(f"Ambos test {self.name}")
        extension = x509.BasicConstraints(ca=True, path_length=0)
        made = self._builder(self._subject, self._key, NOW - DAY, NOW + DAY).add_extension(extension, critical=True)
        usage = x509.KeyUsage(
            digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
            key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        signed = made.add_extension(usage, critical=True).sign(self._key, hashes.SHA256())
        self.file = self.folder / f"{self.name}.pem"
        self.file.write_bytes(signed.public_bytes(PEM))

    def certify(self, host: str, *, start: datetime.datetime = NOW - DAY, end: datetime.datetime = NOW + DAY) -> Path:
        """A certificate for this name, with its key, in one file."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        made = self._builder(named(host), key, start, end).add_extension(names, critical=False)
        private = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        path = self.folder / "leaf.pem"
        path.write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(PEM) + private)
        return path

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, start: datetime.datetime, end: datetime.datetime
    ) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self._subject)
        builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
        return builder.not_valid_before(start).not_valid_after(end)


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


@asynccontextmanager
async def upstream(
    leaf: Path, ca_file: Path | None, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
) -> AsyncIterator[tuple[Upstream, HttpProvider]]:
    fake = Upstream(saying(whole(b"200 OK", ANSWER)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = context.maximum_version = version
    context.load_cert_chain(leaf)
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0, ssl=context)
    fake.port = server.sockets[0].getsockname()[1]
    changes = {"base_url": f"https://localhost:{fake.port}/v1", "ca_file": str(ca_file or "")}
    egress = Egress([fake.settings(**changes).destination()])
    try:
        yield fake, fake.provider(egress, **changes)
    finally:
        await egress.close()
        server.close()
        await asyncio.sleep(0.05)


async def refused(leaf: Path, ca_file: Path | None) -> None:
    async with upstream(leaf, ca_file) as (fake, provider):
        with pytest.raises(UpstreamError, match="certificate") as caught:
            await said_by(provider)
        assert caught.value.reason == "tls"
        assert not is_retryable(caught.value)
        assert fake.requests == []


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_provider_with_a_private_authority_answers(tmp_path: Path, version: ssl.TLSVersion) -> None:
    authority = Authority(tmp_path)
    async with upstream(authority.certify("localhost"), authority.file, version) as (fake, provider):
        assert await said_by(provider) == [(Text("hola"), Finished("stop"), Usage(3, 1))]
        assert len(fake.requests) == 1
        assert b"Authorization: Bearer" in fake.requests[0]


async def test_a_certificate_for_another_name_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    await refused(authority.certify("elsewhere.example"), authority.file)


async def test_an_expired_certificate_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    await refused(authority.certify("localhost", start=NOW - 9 * DAY, end=NOW - 2 * DAY), authority.file)


async def test_a_certificate_that_is_not_valid_yet_is_refused(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    await refused(authority.certify("localhost", start=NOW + DAY, end=NOW + 2 * DAY), authority.file)


async def test_an_untrusted_authority_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    leaf = Authority(tmp_path).certify("localhost")
    await refused(leaf, None)  # the machine's own authorities do not know it
    await refused(leaf, Authority(tmp_path, "other").file)


async def test_a_file_that_holds_no_certificates_is_refused_when_the_settings_are_read(tmp_path: Path) -> None:
    bad = tmp_path / "bad.pem"
    bad.write_text("nothing")
    for ca_file in (str(bad), str(tmp_path / "none.pem"), "relative.pem"):
        with pytest.raises(ConfigError, match="ca_file"):
            Upstream(saying(b"")).settings(base_url="https://localhost:1/v1", ca_file=ca_file)
    good = str(Authority(tmp_path).file)
    for url in ("http://localhost:1/v1", "unix:/tmp/none.sock"):
        with pytest.raises(ConfigError, match="ca_file"):
            Upstream(saying(b"")).settings(base_url=url, ca_file=good)
