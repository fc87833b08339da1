"""Password hashing with argon2id on a few threads, and the list of the most common passwords."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError


class Argon2Passwords:
    """See the port. Call `close()` to end its threads.

    At most `threads` hashes are computed at a time, each using `memory_kib` of memory; the others queue.
    """

    def __init__(self, threads: int, memory_kib: int = 19_456, iterations: int = 2) -> None:
        self._argon2 = PasswordHasher(
            time_cost=iterations,
            memory_cost=memory_kib,
            parallelism=1,
            hash_len=32,
            salt_len=16,
            type=Type.ID,
        )
        self._nobodys_hash = self._argon2.hash("")  # verified if there is no user, so that it takes as long
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="argon2")

    async def hash(self, password: str) -> str:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._argon2.hash, password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        matches = await asyncio.get_running_loop().run_in_executor(
            self._threads, self._matches, password_hash or self._nobodys_hash, password
        )
        return matches and password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        return self._argon2.check_needs_rehash(password_hash)

    def close(self) -> None:
        """Shut the threads down after the hashes in progress."""
        self._threads.shutdown()

    def _matches(self, password_hash: str, password: str) -> bool:
        try:
            return self._argon2.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


def load_common_passwords() -> frozenset[str]:
    """Return the 3,000 most common passwords that satisfy the minimum length, in lower case."""
    text = (files("shop.adapters") / "common_passwords" / "passwords.txt").read_text("utf-8")
    return frozenset(text.split())
