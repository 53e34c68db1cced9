"""Room: whether a change helped."""
