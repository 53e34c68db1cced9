"""The framing of server-sent events, as a machine: bytes in, `data` payloads out, whatever the cuts.

It reads what WHATWG HTML section 9.2.6 says a stream may be. Names, ids and retry times are dropped: no dialect we
speak upstream needs them. What the payloads mean is in the dialects' readers.
"""

from __future__ import annotations

from ambos.errors import UpstreamError

_BOM = b"\xef\xbb\xbf"


class EventStream:
    """Cuts a byte stream into events.

    `feed(data)` gives the payloads of the events that this piece completed; `close()` those that the end completed.
    It works on bytes, so that a character cut between two reads is whole again in its payload.
    """

    __slots__ = ("_after_cr", "_data", "_held", "_is_new", "_max", "_rest")

    def __init__(self, *, max_event_bytes: int = 4 << 20) -> None:
        self._rest = bytearray()  # a line that has not ended yet
        self._data: list[bytes] = []  # data lines of an event that has not ended yet
        self._held = 0
        self._after_cr = False
        self._is_new = True
        self._max = max_event_bytes

    def feed(self, data: bytes) -> list[bytes]:
        """Payloads completed by `data`; several `data:` lines of one event are joined by a line feed.

        Raises:
            UpstreamError: an event that has not ended passes the bound (reason "too_large").
        """
        if not data:
            return []
        if data[:6] == b"data: " and data[-2:] == b"\n\n" and not self._rest and not self._data and b"\r" not in data:
            # Nearly every read of nearly every provider: whole events of one line each, and nothing besides.
            payloads = data[6:-2].split(b"\n\ndata: ")
            if data.count(b"\n") == 2 * len(payloads):
                self._is_new = self._after_cr = False
                return payloads
        data = self._without_cr(data)
        cut = data.rfind(b"\n") + 1
        if not cut:
            self._rest += data
            self._check()
            return []
        lines = bytes(self._rest + data[:cut]).split(b"\n") if self._rest else data[:cut].split(b"\n")
        self._rest[:] = data[cut:]
        lines.pop()
        payloads = self._lines(lines)
        self._check()
        return payloads

    def close(self) -> list[bytes]:
        """Payloads completed by the end of the stream.

        An event whose lines are whole counts although its blank line is missing, as several servers end so (stricter
        readers drop it); half a line is dropped.
        """
        self._rest.clear()
        return self._lines([b""])

    def _without_cr(self, data: bytes) -> bytes:
        if self._after_cr and data[:1] == b"\n":
            data = data[1:]
            self._after_cr = False
            if not data:
                return data
        self._after_cr = data[-1:] == b"\r"
        if b"\r" in data:
            return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return data

    def _lines(self, lines: list[bytes]) -> list[bytes]:
        if self._is_new and lines:
            self._is_new = False
            lines[0] = lines[0].removeprefix(_BOM)
        payloads = []
        for line in lines:
            if line[:5] == b"data:":
                payload = line[6:] if line[5:6] == b" " else line[5:]
                self._data.append(payload)
                self._held += len(payload)
            elif not line:
                if self._data:
                    payloads.append(self._data[0] if len(self._data) == 1 else b"\n".join(self._data))
                    self._data = []
                    self._held = 0
            elif line == b"data":
                self._data.append(b"")
        return payloads

    def _check(self) -> None:
        if len(self._rest) + self._held + len(self._data) > self._max:
            raise UpstreamError(f"an event of the stream passed {self._max} bytes", reason="too_large")
