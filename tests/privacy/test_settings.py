"""Settings raise, and never lower."""

import pytest

from ambos.errors import ConfigError
from ambos.messages import Kind, Level
from ambos.privacy.settings import Settings


def test_unknown_profile_is_refused() -> None:
    with pytest.raises(ConfigError, match="hospital"):
        Settings(profile="spaceship")


def test_higher_of_profile_and_house_counts() -> None:
    settings = Settings(profile="bank", levels={Kind.FINANCE: Level.INTERNAL, Kind.PHONE: Level.RESTRICTED})
    assert settings.raised(Kind.FINANCE) is Level.RESTRICTED
    assert settings.raised(Kind.PHONE) is Level.RESTRICTED
    assert settings.raised(Kind.PERSON) is Level.PUBLIC
