"""Answers that contain a generated secret: stored encrypted under their idempotency key."""

from typing import ClassVar

from shop.application.framework.idempotency import Done, Outcome, Replayed, View, save_body
from shop.application.framework.views import encode
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.system import SecretBox
from shop.application.ports.unit_of_work import UnitOfWork
from shop.domain.errors import ShopError


class AnswerGone(ShopError):
    """The request succeeded earlier, but its encrypted answer can't be read: the encryption keys have changed."""

    code: ClassVar[str] = "ANSWER_GONE"

    def __init__(self) -> None:
        super().__init__(
            "The request was completed, but its response can't be repeated, because it contained a secret."
        )


class SecretAnswers:
    """Encrypts answers that contain a secret, and decrypts them for replay."""

    def __init__(self, box: SecretBox) -> None:
        self._box = box

    def ensure_possible(self, key: IdempotencyKey | None) -> None:
        """Raise SecretKeysMissing if an answer could not be stored under the key."""
        if key is not None:
            self._box.seal(b"")

    async def save(self, work: UnitOfWork, key: IdempotencyKey | None, view: View) -> Outcome[View]:
        """Like `save_answer`, but encrypted. Raises SecretKeysMissing if `key` is given without encryption keys."""
        body = encode(view)
        earlier = None if key is None else await save_body(work, key, self._box.seal(body))
        return Done(view, body) if earlier is None else self.opened(earlier)

    def opened(self, answer: Replayed) -> Replayed:
        """Return the earlier answer decrypted. Raises AnswerGone."""
        body = self._box.open(answer.body)
        if body is None:
            raise AnswerGone
        return Replayed(body)
