"""Attributes that are made on their first use."""

from collections.abc import Callable
from typing import Any, Generic, Protocol, Self, TypeVar, overload

_Source = TypeVar("_Source")
_Source_co = TypeVar("_Source_co", covariant=True)
_Made = TypeVar("_Made")


class HasSource(Protocol[_Source_co]):
    """What owns attributes that are made of its source."""

    @property
    def source(self) -> _Source_co: ...


class OnFirstUse(Generic[_Source, _Made]):
    """An attribute that is made of its owner's `source` on first use, and kept by the owner.

    A unit of work has some forty repositories, of which a transaction uses five.
    """

    def __init__(self, make: Callable[[_Source], _Made]) -> None:
        self._make = make

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, owner: None, kind: type) -> Self: ...

    @overload
    def __get__(self, owner: HasSource[_Source], kind: type) -> _Made: ...

    def __get__(self, owner: Any, kind: type) -> Any:
        if owner is None:
            return self
        # The instance's own attribute hides this one from now on.
        made = owner.__dict__[self._name] = self._make(owner.source)
        return made
