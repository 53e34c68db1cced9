"""Trains the tagger for names, addresses, dates and the like: `python -m ambos.adapt.tagger --help`."""
