"""Who is let in is part of what must be approved: groups and the provider of identities."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ambos.app.standing import declared, narrowed
from ambos.config import Config, load
from ambos.identity import Role
from ambos.policy.change import settle

OIDC = """
[oidc]
issuer = "https://login.example.org"
client_id = "ambos"
redirect_uri = "https://ambos.example.org/console/oidc/callback"
"""
BEFORE = '[identity]\nprofile = "organisation"\n[groups]\nward = ["user"]\nit = ["operator", "developer"]\n'


def read(tmp_path: Path, text: str) -> Config:
    (tmp_path / "ambos.toml").write_text(text)
    return load(tmp_path)


def in_force(before: Config, after: Config, *, is_start: bool = True) -> tuple[Config, tuple[str, ...]]:
    settled = settle(declared(before), declared(after), is_start=is_start)
    return narrowed(after, settled.in_force), settled.waits


def test_a_group_that_gives_more_waits_and_one_that_gives_less_holds(tmp_path: Path) -> None:
    before = read(tmp_path, BEFORE)
    after = read(tmp_path, BEFORE.replace('"user"', '"user", "auditor"').replace(', "developer"', ""))
    config, waits = in_force(before, after)
    assert config.store.groups == {"ward": {Role.USER}, "it": {Role.OPERATOR}}
    assert waits == ("groups.ward: 1 added",)
    config, waits = in_force(before, read(tmp_path, BEFORE + 'new = ["owner"]\n'))
    assert not config.store.groups["new"]
    assert waits == ("groups.new: 1 added",)


def test_a_provider_of_identities_waits_as_a_whole(tmp_path: Path) -> None:
    before, after = read(tmp_path, BEFORE), read(tmp_path, BEFORE + OIDC)
    config, waits = in_force(before, after)
    assert (config.oidc, waits) == (None, ("oidc: 6 added",))
    other = read(tmp_path, BEFORE + OIDC.replace("login.", "evil."))
    config, waits = in_force(after, other)
    assert (config.oidc, waits) == (None, ("oidc: 1 added",))
    assert in_force(after, before) == (before, ())
    config, waits = in_force(after, after)
    assert (config, waits) == (after, ())


def test_another_address_for_notices_waits_and_nobody_is_told_meanwhile(tmp_path: Path) -> None:
    notices = '[notices]\nurl = "https://told.example.org/hook"\n'
    none, before = read(tmp_path, BEFORE), read(tmp_path, BEFORE + notices)
    config, waits = in_force(none, before)
    assert (config.notices.url, waits) == ("", ("notices: 3 added",))
    for other in (notices.replace("told.", "evil."), notices + "allow_private_addresses = true\n"):
        config, waits = in_force(before, read(tmp_path, BEFORE + other))
        assert (config.notices.url, waits) == ("", ("notices: 1 added",))
    assert in_force(before, none) == (none, ())
    assert in_force(before, before) == (before, ())


def test_the_word_of_a_personal_house_is_a_restart(tmp_path: Path) -> None:
    before, after = (
        replace(read(tmp_path, text), profile="personal")
        for text in (BEFORE.replace("organisation", "personal"), BEFORE + OIDC)
    )
    assert in_force(before, after) == (after, ())
