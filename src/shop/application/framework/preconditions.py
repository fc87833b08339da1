"""Preconditions that a caller may set for a write."""

from shop.domain.errors import PreconditionFailed

ExpectedVersions = frozenset[int] | None
"""The versions that the caller accepts; None for no precondition."""


def ensure_expected(version: int, expected: ExpectedVersions) -> None:
    """Raise PreconditionFailed when the current version is not among the expected versions."""
    if expected is not None and version not in expected:
        raise PreconditionFailed
