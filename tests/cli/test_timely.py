"""A clock that was set back and a certificate that is over are told, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ambos.cli.timely import certificate_rows, clock_row

NOW_MS = 1_790_000_000_000
BACK = {"en": "3 min behind the newest entry", "es": "3 min por detrás de la última entrada"}
OVER = {"en": "a certificate that ended on", "es": "un certificado que caducó el"}
UNREAD = {"en": "no certificate that can be read", "es": "ningún certificado legible"}


def certificate(folder: Path, days: int) -> str:
    """A file with one certificate that ends so many days from NOW_MS."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ca")])
    ends = datetime.fromtimestamp(NOW_MS / 1000, UTC) + timedelta(days=days)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(ends - timedelta(days=90)).not_valid_after(ends)
    file = folder / f"{days}.pem"
    file.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return str(file)


@pytest.mark.parametrize("language", ["en", "es"])
def test_time_that_is_wrong_is_told(language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMBOS_LANG", language)
    assert clock_row(NOW_MS, NOW_MS - 60_000)[1]
    name, is_right, words = clock_row(NOW_MS, NOW_MS - 170_000)
    assert (name, is_right) == ("clock", False)
    assert BACK[language] in words
    good, over = certificate(tmp_path, 10), certificate(tmp_path, -1)
    (tmp_path / "none.pem").write_text("nothing")
    rows = certificate_rows(["", good, over, str(tmp_path / "none.pem")], NOW_MS)
    assert [row[:2] for row in rows] == [("certificate", False)] * 2
    assert OVER[language] in rows[0][2]
    assert over in rows[0][2]
    assert UNREAD[language] in rows[1][2]
