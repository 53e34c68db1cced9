"""Room: how good an answer is, and how sure a figure.

Its modules are asked for by name, so that a worker, which reads items, does not load what bounds a loss.
"""
