"""The command `ambos-verify RECEIPT --vkey VKEY [--content FILE]`: 0 when everything holds, else 1."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from ambos_verify.receipt import Key, Proved, ReceiptError, verify

_NO_KEY = (
    "no trusted key was given, so anybody could have made this receipt. Ask the log's owner for its key, by another "
    "way than the receipt, and give it with --vkey"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify one receipt and say what it proves."""
    parser = argparse.ArgumentParser(
        prog="ambos-verify", description="Verify a receipt of an Ambos audit log, offline."
    )
    parser.add_argument("receipt", type=Path, metavar="RECEIPT")
    parser.add_argument(
        "--vkey",
        action="append",
        default=[],
        help="key of the log, or of a witness that must have cosigned; may be repeated",
    )
    parser.add_argument(
        "--content",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="what a commitment is said to open to; may be repeated",
    )
    given = parser.parse_args(arguments)
    try:
        if not given.vkey:
            raise ReceiptError(_NO_KEY)
        contents = [path.read_bytes() for path in given.content]
        proved = verify(given.receipt.read_bytes(), [Key.parse(vkey) for vkey in given.vkey], contents)
    except (ReceiptError, OSError) as error:
        print(f"NOT VERIFIED: {error}", file=sys.stderr)  # noqa: T201  a command speaks
        return 1
    for one in proved:
        print("\n".join(_say(one, [path.name for path in given.content])))  # noqa: T201  a command speaks
    print("VERIFIED")  # noqa: T201  a command speaks
    return 0


def _say(one: Proved, names: Sequence[str]) -> list[str]:
    time_ms, head = one.entry.get("time"), one.head
    try:
        when = datetime.fromtimestamp(int(str(time_ms)) / 1000, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        when = f"time {time_ms}"
    witnesses = sorted(key.name for key in head.signed_by if key.kind == 4)
    lines = [f"{one.entry['event']}, {when}", f"  log        {head.origin}, position {one.index} of {head.size}"]
    lines += [f"  witness    {name}" for name in witnesses]
    lines += [f"  {field:<10} {value}" for field, value in one.entry.items() if field not in {"v", "event", "time"}]
    return lines + [f"  opens      `{label}` is the file {names[number]}" for label, number in one.opened.items()]
