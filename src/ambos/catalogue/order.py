"""One JSON order on standard input, one JSON answer on standard output: the programs that speak with a model hub."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

import msgspec

_Asked = TypeVar("_Asked")


def one_order(asked: type[_Asked], act: Callable[[_Asked], object], failed: Callable[[Exception], object]) -> int:
    """Read the order, do it, answer; `failed` makes an answer of whatever the hub's library raised."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=asked)
    try:
        told = act(order)
    except Exception as error:  # noqa: BLE001 (the library's tree of errors is not ours; all become words)
        told = failed(error)
    sys.stdout.buffer.write(b"\n" + msgspec.json.encode(told))  # behind what the library may have said
    return 0
