"""The stand-alone verifier of receipts: standard library plus Ed25519, imports nothing of the rest.

It checks that entries stand in a log whose head was signed, and what their commitments open to, by
docs/spec/audit-log.md sections 6 to 8 and 11. It needs no network, no server and no account.
"""

from ambos_verify.command import main
from ambos_verify.receipt import Key, Proved, ReceiptError, verify

__all__ = ["Key", "Proved", "ReceiptError", "main", "verify"]
