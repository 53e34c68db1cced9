"""Room: what we may learn from: versioned training sets, and how their rows become numbers."""

from typing import TYPE_CHECKING

from ambos import late

if TYPE_CHECKING:
    from ambos.corpus.building import Corpus, Origin, Wish, build, opened
    from ambos.corpus.head import Head
    from ambos.corpus.order import Order, Source, read_order
    from ambos.corpus.recipe import Recipe, read_recipe
    from ambos.corpus.row import Columns, Row, rows_of
    from ambos.corpus.splits import folds
    from ambos.corpus.terms import Vocabulary

__getattr__ = late(
    __name__,
    {
        "building": "Corpus Origin Wish build opened",
        "head": "Head",
        "order": "Order Source read_order",
        "recipe": "Recipe read_recipe",
        "row": "Columns Row rows_of",
        "splits": "folds",
        "terms": "Vocabulary",
    },
)

__all__ = [
    "Columns",
    "Corpus",
    "Head",
    "Order",
    "Origin",
    "Recipe",
    "Row",
    "Source",
    "Vocabulary",
    "Wish",
    "build",
    "folds",
    "opened",
    "read_order",
    "read_recipe",
    "rows_of",
]
