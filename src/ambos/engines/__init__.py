"""Shell: models that run at home: the llama.cpp child and the taggers.

Import its modules by name: the child (`ambos.engines.child`) shares this package and must not load what it never uses.
"""
