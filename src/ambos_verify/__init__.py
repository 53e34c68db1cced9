"""The stand-alone verifier of receipts: standard library plus Ed25519, imports nothing of the rest."""
