"""Corridor: the path of one improvement cycle."""
