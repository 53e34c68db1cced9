"""Ambos: one address in front of open models at home and proprietary models outside."""

__version__ = "0.1.0"
