"""ambos.toml, environment and flags become each package's own frozen Settings, read once (docs/spec/config.md).

The only module that reads the environment. A table says which settings there are; the documents are made from it.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias, TypeVar

import platformdirs

from ambos import policy
from ambos.egress.notice import NoticeSettings
from ambos.engines.settings import EngineSettings
from ambos.errors import ConfigError
from ambos.identity.oidc_settings import OidcSettings, read_oidc
from ambos.identity.people import read_groups
from ambos.messages import Json, Kind, Level
from ambos.privacy import Settings as PrivacySettings
from ambos.providers import ProviderSettings, read_providers
from ambos.store import StoreSettings
from ambos.store.keyservice import KEY_SETTINGS, key_settings
from ambos.walls import WallSettings

Value: TypeAlias = str | int | bool | tuple[str, ...]
_V = TypeVar("_V", str, int, bool, tuple[str, ...])


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table: `path` in the file, default (its type is the setting's type), what it does."""

    path: str
    default: Value
    words: str


SETTINGS: tuple[Setting, ...] = (
    Setting("server.host", "127.0.0.1", "address to listen on"),
    Setting("server.port", 8800, "port to listen on"),
    Setting("server.workers", 1, "worker processes"),
    Setting("server.allowed_hosts", (), "names the console may be reached by, beside loopback"),
    Setting("server.max_body_bytes", 8_388_608, "largest request body"),
    Setting("server.idle_s", 60, "a client or upstream that makes no progress for this long is closed"),
    Setting("server.notice", "people", "one line in the answer when it ran elsewhere: people, always, never"),
    Setting("identity.profile", "personal", "personal or organisation"),
    Setting("identity.tenant", "house", "name of the house in its own records"),
    Setting("identity.requests_per_minute", 600, "requests of one key in a minute"),
    Setting("identity.session_minutes", 60, "minutes after which somebody must sign in again"),
    Setting("inside.demo_model", False, "the small out-of-the-box model may answer"),
    Setting("inside.model", "auto", "a name of `ambos models list`, a path, auto or none"),
    Setting("inside.threads", 0, "threads of the engine; 0 leaves one core free"),
    Setting("inside.context", 4096, "tokens of prompt and answer of one request"),
    Setting("inside.parallel", 2, "answers at the same time"),
    Setting("house.public", (), "the house's own public data: a finding equal to one of these is dropped"),
    Setting("house.internal", (), "listed internal words"),
    Setting("house.secrets", (), "listed trade secrets"),
    Setting("tools.inside", (), "tools whose arguments may hold originals"),
    Setting("privacy.off", (), "recogniser packs or single recognisers that are switched off"),
    Setting("detection.require_certificate", False, "masked text leaves only while a calibration certificate holds"),
    Setting("detection.plugins", (), "detectors of other packages that read beside ours"),
    Setting("detection.signals", (), "labels of adapted classifiers that raise the level of a request"),
    Setting("retention.content_days", 30, "days that sealed content is kept; 0 keeps none"),
    Setting(
        "retention.marked_model_days", 30, "days that a model still answers after its data were withdrawn; at most 90"
    ),
    Setting("retention.blocked_days", 1095, "days that what is blocked before an erasure is kept for legal claims"),
    Setting("retention.ring_backup_days", 7, "days that backups of the key ring are kept at most"),
    Setting("keys.root_key_file", "", "file of the root key, outside the data directory"),
    Setting("keys.service", "file", "what keeps the root key in its file: file, passphrase, vault; or environment"),
    Setting("keys.passphrase_file", "", "file of the passphrase that seals the root key; or AMBOS_ROOT_PASSPHRASE"),
    Setting("keys.vault_url", "", "https://host:port of a HashiCorp Vault that wraps the root key"),
    Setting("keys.vault_mount", "transit", "its transit engine"),
    Setting("keys.vault_key", "ambos", "the key of that engine"),
    Setting("keys.vault_token_file", "", "file of the token for it; or AMBOS_VAULT_TOKEN"),
    Setting("keys.vault_ca_file", "", "certificates that count for it alone"),
    Setting("notices.url", "", "https://host/path that is told when somebody breaks a glass; who and when, no texts"),
    Setting("notices.allow_private_addresses", False, "that host may resolve to loopback or private addresses"),
    Setting("notices.ca_file", "", "certificates that count for it alone"),
    Setting("walls.required", False, "nothing is served where the kernel cannot wall the processes in"),
    Setting("walls.off", False, "processes are not walled in; the server says so at each start"),
    Setting("walls.readable", (), "folders that workers read beside their own, as absolute paths"),
    Setting("walls.broker", True, "a process of its own holds the providers' keys and the ways outside"),
    Setting("database.url", "", "postgresql://... for replicas; empty: SQLite in the data directory"),
)
_BY_PATH = {setting.path: setting for setting in SETTINGS}
_FREE_TABLES = ("providers", "policy", "levels", "groups", "oidc")  # read by their own packages
_THRESHOLDS = ("detection", "thresholds")


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What `web` and the supervisor are told."""

    host: str
    port: int
    workers: int
    allowed_hosts: tuple[str, ...]
    max_body_bytes: int
    idle_s: int
    notice: str
    requests_per_minute: int


@dataclass(frozen=True, slots=True)
class InsideSettings:
    """Which model answers at home."""

    demo_model: bool
    model: str
    engine: EngineSettings


@dataclass(frozen=True, slots=True)
class Config:
    """Everything, read once. `origins` says where each value of the table came from."""

    directory: Path
    models: Path
    language: str
    profile: str
    tenant: str
    server: ServerSettings
    inside: InsideSettings
    providers: tuple[ProviderSettings, ...]
    policy: policy.Settings
    privacy: PrivacySettings
    inside_tools: frozenset[str]
    store: StoreSettings
    oidc: OidcSettings | None
    notices: NoticeSettings
    walls: WallSettings
    values: Mapping[str, Value] = field(repr=False)
    origins: Mapping[str, str] = field(repr=False)


def data_directory(flag: Path | None) -> Path:
    """The data directory: flag, `AMBOS_DATA`, XDG data home."""
    named = flag or (Path(os.environ["AMBOS_DATA"]) if os.environ.get("AMBOS_DATA") else None)  # noqa: TID251
    return (named or Path(platformdirs.user_data_dir("ambos"))).expanduser().resolve()


def models_directory() -> Path:
    """The cache of models that all data directories share."""
    named = os.environ.get("AMBOS_MODELS")  # noqa: TID251
    return Path(named).expanduser() if named else Path(platformdirs.user_cache_dir("ambos")) / "models"


def language() -> str:
    """ "es" or "en", by `AMBOS_LANG` or the locale."""
    for name in ("AMBOS_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):  # noqa: TID251
            return "es" if value.lower().startswith("es") else "en"
    return "en"


def load(flag: Path | None = None, *, flags: Mapping[str, Value] | None = None, may_create: bool = False) -> Config:
    """Read file, environment and flags.

    Args:
        flag: the data directory from the command line.
        flags: settings from the command line by path; they go before everything.
        may_create: the store may make a new installation.

    Raises:
        ConfigError: an unknown key, a wrong type, a contradiction; the message names it and what was expected.
    """
    environment = dict(os.environ)  # noqa: TID251
    directory = data_directory(flag)
    tree = read_file(directory / "ambos.toml")
    values, origins = _values(tree, environment, flags or {})
    return _config(directory, tree, values, origins, environment, may_create=may_create)


def read_file(path: Path) -> dict[str, Json]:
    """The tables of ambos.toml; empty when there is no file.

    Raises:
        ConfigError: it is not TOML; the message names line and column, never content.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        place = str(error).rpartition("(")[2].rstrip(")") if "(" in str(error) else "an unknown place"
        raise ConfigError(f"ambos.toml is not valid TOML ({place}); mend it and start again") from None
    except OSError as error:
        raise ConfigError(f"ambos.toml cannot be read: {error.strerror}") from None


def _values(
    tree: Mapping[str, Json], environment: Mapping[str, str], flags: Mapping[str, Value]
) -> tuple[dict[str, Value], dict[str, str]]:
    values: dict[str, Value] = {setting.path: setting.default for setting in SETTINGS}
    origins = dict.fromkeys(values, "default")
    for path, value in _flat(tree).items():
        values[path], origins[path] = _checked(_known(path), value), "file"
    for setting in SETTINGS:
        name = "AMBOS_" + setting.path.upper().replace(".", "__")
        if name in environment:
            values[setting.path], origins[setting.path] = _from_text(setting, environment[name]), name
    for path, flag in flags.items():
        values[path], origins[path] = flag, "flag"
    return values, origins


def _flat(tree: Mapping[str, Json]) -> dict[str, Json]:
    flat: dict[str, Json] = {}
    for table, content in tree.items():
        if table in _FREE_TABLES:
            continue
        if not isinstance(content, dict):
            raise ConfigError(f"ambos.toml: {table[:40]!r} must be a table")
        flat.update({f"{table}.{key}": value for key, value in content.items() if (table, key) != _THRESHOLDS})
    return flat


def _known(path: str) -> Setting:
    if path in _BY_PATH:
        return _BY_PATH[path]
    near = difflib.get_close_matches(path, _BY_PATH, n=1)
    raise ConfigError(f"ambos.toml: {path[:60]!r} is unknown" + (f"; did you mean {near[0]!r}?" if near else ""))


def _checked(setting: Setting, value: Json) -> Value:
    default = setting.default
    if isinstance(default, tuple) and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(str(item) for item in value)
    if type(value) is type(default) and isinstance(value, str | int):
        return value
    wanted = "a list of texts" if isinstance(default, tuple) else type(default).__name__
    raise ConfigError(f"ambos.toml: {setting.path} must be {wanted}, not {type(value).__name__}")


def _from_text(setting: Setting, text: str) -> Value:
    default = setting.default
    if isinstance(default, tuple):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if isinstance(default, bool):
        if text.lower() in ("1", "true", "yes", "on", "0", "false", "no", "off"):
            return text.lower() in ("1", "true", "yes", "on")
    elif isinstance(default, int):
        if text.lstrip("-").isdigit():
            return int(text)
    else:
        return text
    raise ConfigError(f"the environment sets {setting.path} to something that is not {type(default).__name__}")


def _config(
    directory: Path,
    tree: Mapping[str, Json],
    values: Mapping[str, Value],
    origins: Mapping[str, str],
    environment: Mapping[str, str],
    *,
    may_create: bool,
) -> Config:
    tenant = _get(values, "identity.tenant", str)
    if _get(values, "identity.profile", str) not in ("personal", "organisation"):
        raise ConfigError("identity.profile must be personal or organisation")
    if _get(values, "server.notice", str) not in ("people", "always", "never"):
        raise ConfigError("server.notice must be people, always or never")
    return Config(
        directory=directory,
        models=models_directory(),
        language=language(),
        profile=_get(values, "identity.profile", str),
        tenant=tenant,
        server=_server(values),
        inside=_inside(values),
        providers=read_providers(tree.get("providers"), environment),
        policy=policy.read_settings(_table(tree, "policy")),
        privacy=_privacy(tree, values),
        inside_tools=frozenset(_get(values, "tools.inside", tuple)),
        store=replace(
            _store(directory, values, environment, tenant, may_create=may_create),
            session_minutes=max(1, _get(values, "identity.session_minutes", int)),
            groups=read_groups(_table(tree, "groups")),
        ),
        oidc=read_oidc(_table(tree, "oidc"), environment),
        notices=NoticeSettings.read(values),
        walls=WallSettings.read(values),
        values=values,
        origins=origins,
    )


def _get(values: Mapping[str, Value], path: str, kind: type[_V]) -> _V:
    value = values[path]
    assert isinstance(value, kind)  # noqa: S101  `_checked` made it so
    return value


def _table(tree: Mapping[str, Json], name: str) -> dict[str, Json]:
    table = tree.get(name, {})
    if not isinstance(table, dict):
        raise ConfigError(f"ambos.toml: {name!r} must be a table")
    return table


def _server(values: Mapping[str, Value]) -> ServerSettings:
    return ServerSettings(
        host=_get(values, "server.host", str),
        port=_get(values, "server.port", int),
        workers=max(1, _get(values, "server.workers", int)),
        allowed_hosts=_get(values, "server.allowed_hosts", tuple),
        max_body_bytes=_get(values, "server.max_body_bytes", int),
        idle_s=_get(values, "server.idle_s", int),
        notice=_get(values, "server.notice", str),
        requests_per_minute=_get(values, "identity.requests_per_minute", int),
    )


def _inside(values: Mapping[str, Value]) -> InsideSettings:
    threads = _get(values, "inside.threads", int) or max(1, (os.cpu_count() or 2) - 1)
    engine = EngineSettings(
        threads=threads,
        context_tokens=_get(values, "inside.context", int),
        max_prompt_tokens=max(256, _get(values, "inside.context", int) * 3 // 4),
        parallel=_get(values, "inside.parallel", int),
    )
    return InsideSettings(_get(values, "inside.demo_model", bool), _get(values, "inside.model", str), engine)


def _privacy(tree: Mapping[str, Json], values: Mapping[str, Value]) -> PrivacySettings:
    table = dict(_table(tree, "levels"))
    profile = table.pop("profile", "")
    levels: dict[Kind, Level] = {}
    for name, word in table.items():
        try:
            levels[Kind(name)] = Level.of(str(word))
        except (ValueError, KeyError):
            raise ConfigError(f"ambos.toml: [levels] {name[:30]} = ... must be a kind raised to a level") from None
    return PrivacySettings(
        profile=str(profile),
        levels=levels,
        public=_get(values, "house.public", tuple),
        internal=_get(values, "house.internal", tuple),
        secrets=_get(values, "house.secrets", tuple),
        off=frozenset(_get(values, "privacy.off", tuple)),
        thresholds=_thresholds(_table(_table(tree, "detection"), "thresholds")),
        plugins=_get(values, "detection.plugins", tuple),
        signals=_get(values, "detection.signals", tuple),
        require_certificate=_get(values, "detection.require_certificate", bool),
    )


def _thresholds(table: Mapping[str, Json]) -> dict[Kind, float]:
    made: dict[Kind, float] = {}
    for name, value in table.items():
        if name not in Kind.__members__ or isinstance(value, bool) or not isinstance(value, int | float):
            raise ConfigError(f"ambos.toml: [detection.thresholds] {name[:30]} = ... must be a kind with a number")
        made[Kind(name)] = float(value)
    return made


def _store(
    directory: Path, values: Mapping[str, Value], environment: Mapping[str, str], tenant: str, *, may_create: bool
) -> StoreSettings:
    key_file = environment.get("AMBOS_ROOT_KEY_FILE") or _get(values, "keys.root_key_file", str)
    return StoreSettings(
        directory=directory,
        roots=Path(platformdirs.user_config_dir("ambos")) / "roots",
        root_key_file=Path(key_file).expanduser() if key_file else None,
        root_key=_root_key(environment.get("AMBOS_ROOT_KEY")),
        keys=key_settings({name: _get(values, f"keys.{name}", str) for name in KEY_SETTINGS}, environment),
        url=_get(values, "database.url", str),
        may_create=may_create,
        tenant=tenant,
        content_days=_get(values, "retention.content_days", int),
        marked_model_days=_marked_days(_get(values, "retention.marked_model_days", int)),
        blocked_days=_get(values, "retention.blocked_days", int),
        ring_backup_days=_get(values, "retention.ring_backup_days", int),
    )


def _marked_days(days: int) -> int:
    if not 0 <= days <= 90:  # GDPR 12(3): a month, two more where that is needed
        raise ConfigError("retention.marked_model_days is from 0 to 90")
    return days


def _root_key(text: str | None) -> bytes | None:
    if not text:
        return None
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != 32:
        raise ConfigError("AMBOS_ROOT_KEY must be 64 hexadecimal digits")
    return key
