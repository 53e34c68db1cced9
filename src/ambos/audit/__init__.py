"""Room: the append-only Merkle log and its proofs.

Knows the form of entries, the tree, signed checkpoints, proofs, tiles and receipts, and what order of entries is
possible (docs/spec/audit-log.md). Sees no text of a person, no clock, no storage:
commitments and readers are handed in.
"""

from ambos.audit import tiles
from ambos.audit.check import LogCheck
from ambos.audit.checkpoint import Checkpoint
from ambos.audit.entry import Entry, commit
from ambos.audit.note import Signer, Verifier
from ambos.audit.proof import prove_consistency, prove_inclusion, verify_consistency, verify_inclusion
from ambos.audit.receipt import Receipt
from ambos.audit.tree import EMPTY, Frontier, leaf_hash

__all__ = [
    "EMPTY",
    "Checkpoint",
    "Entry",
    "Frontier",
    "LogCheck",
    "Receipt",
    "Signer",
    "Verifier",
    "commit",
    "leaf_hash",
    "prove_consistency",
    "prove_inclusion",
    "tiles",
    "verify_consistency",
    "verify_inclusion",
]
