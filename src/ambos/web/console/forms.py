"""Forms of our own pages: urlencoded, bounded; no file can come this way."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from ambos.errors import RequestError

MAX_FORM_BYTES: Final = 400_000
_MOST_FIELDS: Final = 60  # the form of a plan has about 40


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form; the last of two with one name.

    Raises:
        RequestError: too long, or not in the form of one.
    """
    if (known := getattr(request.state, "form", None)) is not None:
        return {**known}  # read by the gate already
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_FORM_BYTES:
            raise RequestError("this form is too long", code="request_too_large")
    try:
        request.state.form = dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise RequestError("this form cannot be read") from None
    return {**request.state.form}
