"""Staff notes on an order; buyers never see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from shop.domain.errors import ShopError, ValidationFailed
from shop.domain.text import has_visible_text, paragraphs

MAX_NOTE_LENGTH: Final = 2_000
MAX_NOTES: Final = 500
"""The maximum number of notes per order."""


class TooManyNotes(ShopError):
    """The order already has the maximum number of notes."""

    code: ClassVar[str] = "TOO_MANY_NOTES"

    def __init__(self, most: int = MAX_NOTES) -> None:
        super().__init__(f"An order has at most {most} notes.", {"most": most})


@dataclass(frozen=True, slots=True)
class OrderNote:
    """A staff member's note on an order. Immutable. Construction raises ValidationFailed."""

    id: str
    order_id: str
    author_id: str
    text: str
    created_at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", paragraphs(self.text))
        if not has_visible_text(self.text):
            raise ValidationFailed({"text": "must not be blank"})
        if len(self.text) > MAX_NOTE_LENGTH:
            raise ValidationFailed({"text": f"must be at most {MAX_NOTE_LENGTH} characters"})
