"""Room: the append-only Merkle log and its proofs."""
