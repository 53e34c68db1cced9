"""Every key service keeps one contract: the root key comes back as it was, or an error of ours says why not."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.store.conftest import Reopen, Talk
from tests.store.vault import TOKEN, Vault, serve

from ambos.cli.key_words import KEY_WORDS
from ambos.cli.words import told
from ambos.errors import KeyServiceError, LogUnavailableError
from ambos.store import StoreSettings, passphrase
from ambos.store.keyservice import KeyService, KeySettings, VaultSettings, service_of, service_that_wrote

HOUSE, OTHER = "i_" + "ab" * 16, "i_" + "cd" * 16
ROOT = bytes(range(32))
PHRASE = "correct horse battery"


@pytest.fixture
def vault() -> Iterator[Vault]:
    made, server = serve()
    yield made
    made.release.set()
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A guess costs what the file says; here it says little."""
    monkeypatch.setattr(passphrase, "LOG2_N", 10)


@pytest.fixture(params=["file", "passphrase", "vault"])
def keys(request: pytest.FixtureRequest, vault: Vault) -> KeySettings:
    return KeySettings(request.param, PHRASE, None, VaultSettings(vault.url, token=TOKEN, timeout_s=2))


def reason(work: Callable[[], object]) -> str:
    with pytest.raises(KeyServiceError) as caught:
        work()
    assert PHRASE not in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert ROOT.hex() not in str(caught.value)
    return caught.value.reason


# --- the contract ----------------------------------------------------------------------------------------------------------


def test_what_was_wrapped_comes_back(keys: KeySettings) -> None:
    service = service_of(keys)
    text = service.wrap(ROOT, HOUSE)
    assert text.isascii()
    assert "\n" not in text
    assert service_that_wrote(text, keys).unwrap(text, HOUSE) == ROOT


def test_wrapped_twice_differs_and_hides_the_key(keys: KeySettings) -> None:
    if keys.service == "file":
        pytest.skip("the plain file is the key: its mode is its lock")
    service = service_of(keys)
    one, other = service.wrap(ROOT, HOUSE), service.wrap(ROOT, HOUSE)
    assert one != other
    assert ROOT.hex() not in one


def test_another_installation_is_refused(keys: KeySettings) -> None:
    if keys.service == "file":
        pytest.skip("the plain file knows no installation: its check value is compared after")
    service = service_of(keys)
    text = service.wrap(ROOT, HOUSE)
    assert reason(lambda: service.unwrap(text, OTHER)) == "wrong"


def test_changed_texts_never_give_the_key(keys: KeySettings) -> None:
    service = service_of(keys)
    text = service.wrap(ROOT, HOUSE)
    at = len(text) - 20
    for changed in (text[:-2], text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :], text + "00", ""):
        found = b""
        with contextlib.suppress(KeyServiceError):
            found = service_that_wrote(changed, keys).unwrap(changed, HOUSE)
        assert found != ROOT


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(text=st.text(max_size=200) | st.from_regex(r"ambos-root/v1 (scrypt|vault) .{0,120}"))
def test_hostile_texts_are_a_key_or_our_error(keys: KeySettings, text: str) -> None:
    with contextlib.suppress(KeyServiceError):
        assert isinstance(service_that_wrote(text, keys).unwrap(text, HOUSE), bytes)


def test_no_secret_in_repr(keys: KeySettings) -> None:
    shown = f"{keys!r} {service_of(keys)!r}"
    assert PHRASE not in shown
    assert TOKEN not in shown


def test_a_whole_house_lives_on_it_and_moves_to_a_new_root_key(
    keys: KeySettings, settings: StoreSettings, reopen: Reopen
) -> None:
    with reopen(keys=keys) as store:
        assert store.head().size == 0
    (path,) = settings.roots.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_text()
    with reopen(keys=keys) as store:
        store.rotation._root()
    assert path.read_text() != before
    assert [one.name for one in settings.roots.iterdir()] == [path.name]
    with reopen(keys=keys) as store:
        assert store.verify(deep=True).fault is None


# --- environment -----------------------------------------------------------------------------------------------------------


async def test_the_environment_hands_over_and_keeps_nothing(reopen: Reopen, settings: StoreSettings) -> None:
    keys = KeySettings("environment")
    with reopen(root_key=ROOT, keys=keys) as store:
        with pytest.raises(KeyServiceError) as caught:
            await store.rotation.root(tenant="house", by="p_owner")
        assert caught.value.reason == "environment"
    assert not settings.roots.exists()
    assert reason(lambda: reopen(root_key=bytes(32), keys=keys)) == "other"
    assert reason(lambda: service_of(keys)) == "unknown"


# --- passphrase ------------------------------------------------------------------------------------------------------------


def test_a_passphrase_is_asked_for_right_and_long_enough(tmp_path: Path) -> None:
    text = service_of(KeySettings("passphrase", PHRASE)).wrap(ROOT, HOUSE)

    def opened(keys: KeySettings) -> bytes:
        return service_that_wrote(text, keys).unwrap(text, HOUSE)

    file = tmp_path / "phrase"
    file.write_text(PHRASE + "\n")
    file.chmod(0o600)
    assert opened(KeySettings("file", "", file)) == ROOT
    assert reason(lambda: opened(KeySettings("file", "another horse"))) == "wrong"
    assert reason(lambda: opened(KeySettings("file"))) == "absent"
    file.chmod(0o644)
    assert reason(lambda: opened(KeySettings("file", "", file))) == "open"
    assert reason(lambda: opened(KeySettings("file", "", tmp_path / "none"))) == "absent"
    assert reason(lambda: service_of(KeySettings("passphrase", "short")).wrap(ROOT, HOUSE)) == "weak"


# --- vault -----------------------------------------------------------------------------------------------------------------


def silent(handler: Any, *_: object) -> None:
    handler.vault.release.wait(20)


def answering(status: int, told: dict[str, Any] | bytes) -> Callable[..., None]:
    return lambda handler, *_: handler.answer(status, told)


@pytest.mark.parametrize(
    ("behave", "why"),
    [
        (silent, "slow"),
        (answering(503, {"errors": ["Vault is sealed"]}), "sealed"),
        (answering(500, {"errors": ["1 error"]}), "failed"),
        (answering(429, {}), "slow"),
        (answering(302, {}), "failed"),
        (answering(200, b"<html>"), "forged"),
        (answering(200, b"[" * 100_000), "forged"),
        (answering(200, {"data": {"plaintext": "not base64!"}}), "forged"),
        (answering(200, {"data": {"plaintext": 7}}), "forged"),
        (answering(200, {"data": {}}), "forged"),
        (answering(200, b'{"data":{"plaintext":"' + b"A" * 70_000 + b'"}}'), "forged"),
    ],
)
def test_o44_an_absent_slow_or_forged_vault_serves_nothing(
    vault: Vault, reopen: Reopen, behave: Callable[..., None], why: str
) -> None:
    keys = KeySettings("vault", vault=VaultSettings(vault.url, token=TOKEN, timeout_s=0.5))
    with reopen(keys=keys):
        pass
    vault.behave = behave
    assert reason(lambda: reopen(keys=keys)) == why


def test_o44_a_vault_that_hands_over_another_key_serves_nothing(vault: Vault, reopen: Reopen) -> None:
    keys = KeySettings("vault", vault=VaultSettings(vault.url, token=TOKEN))
    with reopen(keys=keys):
        pass
    vault.behave = answering(200, {"data": {"plaintext": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}})
    assert reason(lambda: reopen(keys=keys)) == "other"


def test_o44_an_unreachable_vault_or_one_that_refuses_serves_nothing(vault: Vault, reopen: Reopen) -> None:
    right = VaultSettings(vault.url, token=TOKEN, timeout_s=2)
    with reopen(keys=KeySettings("vault", vault=right)):
        pass
    cases = {
        "refused": replace(right, token="hvs.other"),
        "absent": replace(right, url="http://127.0.0.1:9"),
    }
    for why, vault_settings in cases.items():
        keys = KeySettings("vault", vault=vault_settings)
        assert reason(lambda keys=keys: reopen(keys=keys)) == why  # type: ignore[misc]  # the loop's own
    assert reason(lambda: reopen(keys=KeySettings("vault", vault=replace(right, token="")))) == "absent"
    # Without TLS only loopback is spoken to, and the token never leaves for another place.
    assert reason(lambda: reopen(keys=KeySettings("vault", vault=replace(right, url="http://192.0.2.1")))) == "absent"


def test_a_new_version_of_vaults_key_opens_what_the_old_one_wrapped(vault: Vault, reopen: Reopen) -> None:
    keys = KeySettings("vault", vault=VaultSettings(vault.url, token=TOKEN))
    with reopen(keys=keys):
        pass
    vault.keys.append(os.urandom(32))
    with reopen(keys=keys) as store:
        assert store.verify().fault is None
        store.rotation._root()
    with reopen(keys=keys) as store:
        assert store.verify().fault is None


async def test_o44_a_vault_that_vanishes_while_serving_stops_nothing_but_a_rotation(
    vault: Vault, reopen: Reopen, talk: Talk
) -> None:
    keys = KeySettings("vault", vault=VaultSettings(vault.url, token=TOKEN, timeout_s=0.5))
    with reopen(keys=keys) as store:
        await talk.whole(store)
        vault.behave = answering(503, {"errors": ["sealed"]})
        await talk.whole(store)
        with pytest.raises(KeyServiceError):
            await store.rotation.root(tenant="house", by="p_owner")
        await talk.whole(store)
        assert store.verify(deep=True).fault is None
    vault.behave = None
    with reopen(keys=keys) as store:
        assert store.verify(deep=True).fault is None


def test_every_reason_has_words_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    from ambos.store.vault import _ADVICE

    for why in (*_ADVICE, "missing", "damaged", "open", "other", "weak", "environment"):
        english, spanish = KEY_WORDS[f"keys_{why}"]
        assert english != spanish
        monkeypatch.setenv("AMBOS_LANG", "es")
        assert told(KeyServiceError("x", reason=why)) == spanish
    assert told(LogUnavailableError("plain")) == "plain"


def test_the_service_of_each_setting(keys: KeySettings) -> None:
    service: KeyService = service_of(keys)
    assert type(service).__name__ in ("PlainFile", "PassphraseFile", "VaultTransit")
