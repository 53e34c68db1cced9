"""Forms of our own pages, bounded; a file comes only where the page's gate lets one in."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from ambos.errors import RequestError
from ambos.web.console.uploads import Upload, is_upload, read_upload

MAX_FORM_BYTES: Final = 400_000
_MOST_FIELDS: Final = 60  # the form of a plan has about 40


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form; the last of two with one name. Its file, if there is one, waits in `file_of`.

    Raises:
        RequestError: too long, or not in the form of one.
    """
    if (known := getattr(request.state, "form", None)) is not None:
        return {**known}  # read by the gate already
    body, most = bytearray(), getattr(request.state, "most_bytes", MAX_FORM_BYTES)
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            raise RequestError("this form is too long", code="request_too_large")
    if most > MAX_FORM_BYTES and is_upload(told := request.headers.get("content-type", "")):
        request.state.form, request.state.file = read_upload(bytes(body), told)
        return {**request.state.form}
    if len(body) > MAX_FORM_BYTES:
        raise RequestError("this form is too long", code="request_too_large")
    try:
        request.state.form = dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise RequestError("this form cannot be read") from None
    return {**request.state.form}


async def file_of(request: Request) -> Upload | None:
    """The file of a form, where one was chosen.

    Raises:
        RequestError: see `form_of`.
    """
    await form_of(request)
    found: Upload | None = getattr(request.state, "file", None)
    return found
