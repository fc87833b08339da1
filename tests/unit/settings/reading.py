"""Settings and their problems, read from an environment."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from shop.settings import (
    Configuration,
    Settings,
    SettingsError,
)

KEY = "k" * 32

MYSQL = "mysql://shop:hidden-password@db.example:3306/shop"

SERVER = {"SHOP_DATABASE_URL": MYSQL, "SHOP_JWT_SECRET": KEY, "SHOP_PAYMENTS": "sandbox"}


def settings(environment: Mapping[str, str], folder: Path, *, to_serve: bool = True) -> Settings:
    return Configuration.read(environment, folder).settings(to_serve=to_serve)


def problems(environment: Mapping[str, str], folder: Path, *, to_serve: bool = True) -> list[str]:
    with pytest.raises(SettingsError) as refusal:
        settings(environment, folder, to_serve=to_serve)
    assert str(refusal.value).splitlines() == refusal.value.problems
    return refusal.value.problems
