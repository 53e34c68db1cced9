"""Room: how good an answer is."""
