"""Corridor: the path of one request."""
