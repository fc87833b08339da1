"""Encryption of stored secrets: Fernet (AES and HMAC), with key rotation."""

import base64
from collections.abc import Sequence
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shop.application.ports.system import SecretKeysMissing

_LABEL: Final = b"shop/secrets"


class FernetBox:
    """See the port. The first key encrypts; every key decrypts."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([_fernet_of(key) for key in keys]) if keys else None

    def seal(self, secret: bytes) -> bytes:
        if self._fernet is None:
            raise SecretKeysMissing
        return self._fernet.encrypt(secret)

    def open(self, sealed: bytes) -> bytes | None:
        try:
            return None if self._fernet is None else self._fernet.decrypt(sealed)
        except InvalidToken:
            return None


def _fernet_of(key: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_LABEL).derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
