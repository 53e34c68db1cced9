"""`python -m ambos.cli`: the same as the console script."""

from ambos.cli import main

main()
