"""Secrets in the database: readable only with the keys, and only unchanged."""

import pytest

from shop.adapters.security.secret_box import FernetBox
from shop.application.ports.system import SecretKeysMissing

OLD, NEW = "o" * 32, "n" * 32


def test_sealed_values_can_be_opened_but_not_read() -> None:
    box = FernetBox([OLD])
    sealed = box.seal(b"a secret")
    assert box.open(sealed) == b"a secret"
    assert b"a secret" not in sealed
    assert sealed != box.seal(b"a secret")


def test_the_first_key_seals_and_every_key_opens() -> None:
    sealed = FernetBox([OLD]).seal(b"a secret")
    both = FernetBox([NEW, OLD])
    assert both.open(sealed) == b"a secret"
    assert FernetBox([NEW]).open(both.seal(b"another")) == b"another"
    assert FernetBox([NEW]).open(sealed) is None


def test_changed_values_are_not_opened() -> None:
    box = FernetBox([OLD])
    sealed = box.seal(b"a secret")
    other = b"B" if sealed[20:21] == b"A" else b"A"
    for bad in (b"", b"a secret", sealed[:-1], sealed[:20] + other + sealed[21:]):
        assert box.open(bad) is None


def test_sealing_needs_keys() -> None:
    with pytest.raises(SecretKeysMissing):
        FernetBox([]).seal(b"a secret")
    assert FernetBox([]).open(FernetBox([OLD]).seal(b"a secret")) is None
