"""The root key and `installation`: where they lie, how they are made, how a wrong key is told, how a new one comes.

The root key never lies in the data directory: who copies the directory has nothing. `installation` in that directory
names the installation and holds a check value, so that a wrong key is not mistaken for a damaged database. While the root
key changes there are two of both, and the key ring says which is in force (docs/spec/store.md section 3.2).
"""

from __future__ import annotations

import hmac
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ambos.errors import IntegrityError, KeyServiceError
from ambos.ports import Random
from ambos.store.keyservice import MAX_TEXT, service_of, service_that_wrote
from ambos.store.sealing import KEY_BYTES
from ambos.store.settings import StoreSettings

_LINE: Final = r"([0-9a-f]{16})(?: ([0-9a-f]{122}))?\n"
_FORM: Final = re.compile(rf"(i_[0-9a-f]{{32}})\n{_LINE}(?:{_LINE})?")
_NEXT: Final = ".next"


@dataclass(frozen=True, slots=True)
class Installation:
    """The public name of an installation, and the first half of what its root key gives for it.

    Attributes:
        pages: the key of the ring's pages, sealed under this root key; "" while it is derived from the first one.
        next: the same name with the root key that is about to be in force.
    """

    id: str
    check: str
    pages: str = ""
    next: Installation | None = None

    def accepts(self, root: bytes) -> bool:
        """`root` is this installation's, or about to be."""
        return any(hmac.compare_digest(check_of(root, self.id), one.check) for one in self.both())

    def confirm(self, root: bytes) -> None:
        """Raises KeyServiceError when `root` is not the key of this installation."""
        if not self.accepts(root):
            raise KeyServiceError(
                "the root key is not the one of this data directory: give back the right key file", reason="other"
            )

    def both(self) -> tuple[Installation, ...]:
        """As it is, and as it is about to be."""
        return (self, self.next) if self.next is not None else (self,)

    def of(self, root: bytes) -> Installation:
        """The one of both that this root key belongs to."""
        self.confirm(root)
        check = check_of(root, self.id)
        return replace(next(one for one in self.both() if one.check == check), next=None)

    def text(self) -> str:
        """The content of the file."""
        return f"{self.id}\n" + "".join(f"{one.check}{' ' * bool(one.pages)}{one.pages}\n" for one in self.both())


def read_installation(path: Path) -> Installation | None:
    """What stands at `path`, None where nothing does.

    Raises:
        IntegrityError: something else stands there.
    """
    try:
        form = _FORM.fullmatch(path.read_text("ascii"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        form = None
    if form is None:
        raise IntegrityError("the file `installation` is not as it was written: restore it", place="installation")
    following = Installation(form[1], form[4], form[5] or "") if form[4] else None
    return Installation(form[1], form[2], form[3] or "", following)


def make_installation(settings: StoreSettings, rng: Random) -> tuple[Installation, bytes]:
    """A new installation with its root key on disk (or the one that the settings hold)."""
    name = "i_" + rng.token(16).hex()
    root = settings.root_key if settings.root_key is not None else _make_root(settings, name, rng)
    installation = Installation(name, check_of(_sized(root), name))
    write_new(settings.installation_path, installation.text().encode())
    return installation, root


def read_roots(settings: StoreSettings, installation: Installation) -> list[bytes]:
    """The root keys that this installation accepts, the one in the file first; two only while they change.

    Raises:
        KeyServiceError: there is none: absent, unreadable, open to others, or another installation's.
    """
    if settings.root_key is not None:
        installation.confirm(_sized(settings.root_key))
        return [settings.root_key]
    path = _path(settings, installation.id)
    if not _following(path).exists():
        root = _read_file(settings, path, installation.id)
        installation.confirm(_sized(root))
        return [root]
    found = [_read_file(settings, one, installation.id) for one in (path, _following(path)) if one.exists()]
    accepted = [root for root in found if installation.accepts(_sized(root))]
    if not accepted:
        installation.confirm(found[0])
    return accepted


def check_root(settings: StoreSettings) -> None:
    """Ask for the root key of an installation that is there, and forget it.

    Raises:
        KeyServiceError: it is not handed over, so that nothing can be served.
    """
    installation = read_installation(settings.installation_path)
    if installation is not None:
        read_roots(settings, installation)


def keep_following(settings: StoreSettings, installation: Installation, root: bytes) -> None:
    """Make the root key that is about to be in force durable beside the other, by the service of the settings.

    Raises:
        KeyServiceError: no file keeps the root key, or the service does not.
    """
    if settings.root_key is not None:
        raise KeyServiceError(
            "the root key comes from the environment, which keeps none: hand over a file or a key service first",
            reason="environment",
        )
    text = service_of(settings.keys).wrap(root, installation.id)
    replace_file(_following(_path(settings, installation.id)), f"{text}\n".encode())


def is_changing(settings: StoreSettings, installation: Installation) -> bool:
    """A change of the root key goes on or was cut off; at first only the new key's file tells, or what is written of it."""
    if installation.next is not None or settings.root_key is not None:
        return installation.next is not None
    following = _following(_path(settings, installation.id))
    return following.exists() or _unfinished(following).exists()


def settle_roots(settings: StoreSettings, installation: Installation, in_force: bytes) -> None:
    """The key ring has one root key: its file and its line alone remain."""
    path = _path(settings, installation.id)
    following = _following(path)
    if settings.root_key is None and following.exists():
        if _read_file(settings, following, installation.id) == in_force:
            following.replace(path)
            _sync(path.parent)
        else:
            following.unlink()
    _unfinished(following).unlink(missing_ok=True)
    replace_file(settings.installation_path, installation.of(in_force).text().encode())


def write_new(path: Path, content: bytes) -> None:
    """Make a file that did not exist, closed to others and durable with its name."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(path, content, os.O_EXCL)
    _sync(path.parent)


def replace_file(path: Path, content: bytes) -> None:
    """The new content or the old one, whatever happens."""
    new = _unfinished(path)
    _write(new, content, os.O_TRUNC)
    new.replace(path)
    _sync(path.parent)


def check_of(root: bytes, name: str) -> str:
    """The check value of a root key (section 1)."""
    return hmac.digest(root, b"ambos/v1/check\0" + name.encode(), "sha256")[:8].hex()


def _write(path: Path, content: bytes, flag: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | flag | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(directory: Path) -> None:
    folder = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _path(settings: StoreSettings, name: str) -> Path:
    return settings.root_key_file or settings.roots / f"{name}.key"


def _following(path: Path) -> Path:
    return path.with_name(path.name + _NEXT)


def _unfinished(path: Path) -> Path:
    return path.with_name(f"{path.name}.tmp")


def _make_root(settings: StoreSettings, name: str, rng: Random) -> bytes:
    path = _path(settings, name)
    if path.resolve().is_relative_to(settings.directory.resolve()):
        raise KeyServiceError("the root key may not lie in the data directory: set `root_key_file` to another place")
    if path.exists():  # a key that the owner made, or that a start which was cut off left behind
        return _read_file(settings, path, name)
    root = rng.token(KEY_BYTES)
    write_new(path, f"{service_of(settings.keys).wrap(root, name)}\n".encode())
    return root


def _read_file(settings: StoreSettings, path: Path, name: str) -> bytes:
    try:
        mode = path.stat().st_mode
        with path.open("rb") as file:
            text = file.read(MAX_TEXT).decode("ascii").strip()
    except FileNotFoundError:
        raise KeyServiceError(
            "the root key is not where `root_key_file` says: mount or restore it", reason="missing"
        ) from None
    except (OSError, ValueError):
        raise KeyServiceError("the root key file cannot be read as 64 hexadecimal digits", reason="damaged") from None
    if mode & 0o077:
        raise KeyServiceError("the root key file is open to others: chmod 600", reason="open")
    return service_that_wrote(text, settings.keys).unwrap(text, name)


def _sized(root: bytes) -> bytes:
    if len(root) != KEY_BYTES:
        raise KeyServiceError(f"the root key has {KEY_BYTES} bytes, this one has {len(root)}", reason="other")
    return root
