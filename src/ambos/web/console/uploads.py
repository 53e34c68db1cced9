"""A form with one file, as browsers send it (RFC 7578): bounded, and refused where it is not exactly that. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ambos.errors import RequestError

_MOST_PARTS: Final = 20
_MOST_HEAD: Final = 2_000  # bytes of the lines above a part
_MOST_FIELD: Final = 20_000
_BOUNDARY: Final = re.compile(r'multipart/form-data;\s*boundary="?([0-9A-Za-z\'()+_,./:=?-]{1,70})"?\s*', re.IGNORECASE)
_NAMED: Final = re.compile(
    rb'content-disposition:\s*form-data;\s*name="([^"\r\n]{1,80})"(?:;\s*filename="([^"\r\n]{0,255})")?\s*',
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file: what it was called where it came from, without any folder, and its bytes."""

    name: str
    content: bytes


def is_upload(content_type: str) -> bool:
    """A form that may hold a file."""
    return content_type.lower().startswith("multipart/")


def read_upload(body: bytes, content_type: str) -> tuple[dict[str, str], Upload | None]:
    """The fields of a form, and its file where one was chosen.

    Raises:
        RequestError: it is not such a form, or it has two files, or two fields with one name.

    >>> body = b'--x\\r\\nContent-Disposition: form-data; name="a"\\r\\n\\r\\nb\\r\\n--x--'
    >>> read_upload(body, "multipart/form-data; boundary=x")
    ({'a': 'b'}, None)
    """
    boundary = _BOUNDARY.fullmatch(content_type)
    mark = b"\r\n--" + boundary[1].encode() if boundary is not None else b""
    whole = b"\r\n" + body
    if not mark or not 2 <= whole.count(mark) <= _MOST_PARTS:
        raise _unread()
    before, *parts, after = whole.split(mark)
    if before or not after.startswith(b"--") or after[2:].strip():
        raise _unread()
    fields: dict[str, str] = {}
    files: list[Upload] = []
    for part in parts:
        name, file, content = _part(part)
        if file is not None:
            files.append(Upload(file, content))
        elif name in fields or len(content) > _MOST_FIELD:
            raise _unread()
        else:
            fields[name] = _text(content)
    if len(files) > 1:
        raise _unread()
    return fields, files[0] if files and files[0].name else None


def _part(part: bytes) -> tuple[str, str | None, bytes]:
    head, gap, content = part.partition(b"\r\n\r\n")
    named = [found for line in head.split(b"\r\n") if (found := _NAMED.fullmatch(line))]
    if not gap or not head.startswith(b"\r\n") or len(head) > _MOST_HEAD or len(named) != 1:
        raise _unread()
    file = named[0][2]
    return _text(named[0][1]), None if file is None else re.split(r"[/\\]", _text(file))[-1], content


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise _unread() from None


def _unread() -> RequestError:
    return RequestError("this form cannot be read")
