"""What a caller may demand of the present state before a write."""

from shop.domain.errors import PreconditionFailed

ExpectedVersions = frozenset[int] | None
"""The versions that the caller would accept (they have read one of them); None when they ask for nothing."""


def ensure_expected(version: int, expected: ExpectedVersions) -> None:
    """Raises PreconditionFailed when the present version is none of those the caller expects."""
    if expected is not None and version not in expected:
        raise PreconditionFailed
