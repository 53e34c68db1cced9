"""Room: what we may learn from: versioned training sets."""
