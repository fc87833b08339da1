"""Deterministic ids and secrets for recordings."""

from random import Random

from shop.application.ports.system import Clock


class RepeatableIds:
    """See the port `Ids`. Unlike the port, these ids are predictable to anyone who knows the seed."""

    def __init__(self, clock: Clock, seed: int = 0) -> None:
        self._clock = clock
        self._random = Random(seed)
        self._given = 0

    def new_id(self) -> str:
        milliseconds = int(self._clock.now().timestamp() * 1000)
        self._given += 1
        number = (
            milliseconds << 80
            | 7 << 76
            | (self._given & 0xFFF) << 64
            | 2 << 62
            | self._random.getrandbits(62)
        )
        digits = f"{number:032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def new_secret(self) -> str:
        return f"{self._random.getrandbits(256):064x}"
