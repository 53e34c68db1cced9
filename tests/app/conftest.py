"""What tests of the plan borrow."""

from tests.store.conftest import postgres

__all__ = ["postgres"]
