"""What `ambos walls print` writes: every place of the table, nothing besides, and read by systemd itself where it is here."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.live import ambos

from ambos.walls import Place, network_policy, systemd_unit

PLACES = (
    Place("acme", "203.0.113.7", 443),
    Place("named", "api.example.org", 443, ("198.51.100.1", "2001:db8::1")),
    Place("unknown", "nobody.example.org", 8443),
    Place("near", "127.0.0.1", 9001),
)
RESOLVERS = ("192.0.2.53",)


def unit() -> str:
    return systemd_unit(PLACES, program="/bin/true", data="/var/lib/ambos", writes=("/etc/ambos",), resolvers=RESOLVERS)


def test_a_unit_denies_all_and_allows_the_table() -> None:
    lines = unit().splitlines()
    assert "IPAddressDeny=any" in lines
    allowed = {line.partition("=")[2] for line in lines if line.startswith("IPAddressAllow=")}
    assert allowed == {"localhost", "203.0.113.7", "198.51.100.1", "2001:db8::1", "192.0.2.53"}
    assert any(line.startswith("# nobody.example.org is a name") for line in lines)
    assert "ReadWritePaths=/var/lib/ambos /etc/ambos" in lines


def test_systemd_reads_the_unit(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not here: install systemd")
    file = tmp_path / "ambos.service"
    file.write_text(unit())
    done = subprocess.run([analyze, "verify", "--man=no", str(file)], capture_output=True, text=True, check=False)
    assert str(file) not in done.stderr, done.stderr
    assert "ambos.service" not in done.stderr, done.stderr


def test_a_policy_names_networks_and_ports_and_asks_the_resolver_only_for_names() -> None:
    text = network_policy(PLACES, resolvers=RESOLVERS)
    for network in ("203.0.113.7/32", "198.51.100.1/32", "2001:db8::1/128", "192.0.2.53/32"):
        assert f"cidr: {network}" in text
    assert "127.0.0.1" not in text
    assert "192.0.2.53" not in network_policy(PLACES[:1], resolvers=RESOLVERS)
    assert "egress: []" in network_policy(PLACES[3:], resolvers=RESOLVERS)


def test_a_policy_is_yaml() -> None:
    yaml = pytest.importorskip("yaml", reason="pip install pyyaml")
    for places in (PLACES, PLACES[3:]):
        spec = yaml.safe_load(network_policy(places, resolvers=RESOLVERS))["spec"]
        assert spec["policyTypes"] == ["Egress"]
        assert len(spec["egress"]) == (3 if places is PLACES else 0)


def test_the_command_writes_the_houses_own_table(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "ambos.toml").write_text(
        '[[providers]]\nname = "acme"\nbase_url = "https://203.0.113.7/v1"\nmodels = ["m"]\n'
        '[[providers]]\nname = "bee"\nbase_url = "https://api.example.org/v1"\nmodels = ["m"]\n'
    )
    data = ("--data", str(tmp_path))
    told = ambos("walls", "print", "--systemd", *data, environment=environment).stdout
    assert "IPAddressAllow=203.0.113.7" in told
    assert "api.example.org is a name" in told
    told = ambos("walls", "print", "--networkpolicy", *data, environment=environment).stdout
    assert "cidr: 203.0.113.7/32" in told
    both = ambos("walls", "print", "--systemd", "--networkpolicy", *data, environment=environment, check=False)
    assert both.returncode != 0
    assert "Traceback" not in both.stderr


DEPLOY = Path(__file__).parents[2] / "deploy"


@pytest.mark.parametrize(
    ("option", "file"), [("--systemd", "ambos.service"), ("--networkpolicy", "networkpolicy.yaml")]
)
def test_the_files_of_deploy_are_what_the_command_prints(
    option: str, file: str, tmp_path: Path, environment: dict[str, str]
) -> None:
    shutil.copy(DEPLOY / "ambos.toml", tmp_path)
    options = ("--program", "/opt/ambos/bin/ambos", "--resolver", "192.0.2.53", "--data", str(tmp_path))
    told = ambos("walls", "print", option, *options, environment=environment | {"ACME_KEY": "x"}).stdout
    assert told.replace(str(tmp_path), "/var/lib/ambos") == (DEPLOY / file).read_text()


def test_a_resolver_that_is_no_address_is_refused(tmp_path: Path, environment: dict[str, str]) -> None:
    options = ("--networkpolicy", "--resolver", "1.2.3.4; rm", "--data", str(tmp_path))
    for language, words in (("en", "must be an IP address"), ("es", "debe ser una dirección IP")):
        done = ambos("walls", "print", *options, environment=environment | {"AMBOS_LANG": language}, check=False)
        assert done.returncode != 0
        assert words in done.stderr
