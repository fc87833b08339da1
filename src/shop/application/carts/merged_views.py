"""Views of merged carts. Views of logins import them: import no other module of the shop here (cycles)."""

from typing import Literal

import msgspec


class AdjustedLineView(msgspec.Struct, frozen=True, rename="camel"):
    """A line whose quantities could not simply be added up; `got: 0` means that the line is gone."""

    item_id: str
    wanted: int
    got: int


class MergedCartView(msgspec.Struct, frozen=True):
    """The result of merging the guest's cart."""

    merged: Literal[True]
    adjusted: list[AdjustedLineView]
