"""Conversion between the server's clock and the local one."""

from math import inf

from shop.application.ports.shared_reads import LIFETIME_SECONDS


class ServerClock:
    """Converts times of the server's clock to the local clock, never to a later time than the true one.

    The exact offset is unknown, but each reply with the server's time bounds it: at most that time minus the local
    time of the request, at least that time minus the local time of the reply. The upper bound is used, so values
    expire early rather than late. The lower bound is remembered: if the server's clock jumps back (its machine was
    suspended, its clock was set, another machine replaced it), old values would look fresh. In that case the
    previous offset stays in use until the server's clock has passed every time that it may have stated before, by
    when the values stored meanwhile have expired.
    """

    def __init__(self) -> None:
        self._least = -inf
        self._believed_from: float | None = None

    def distance(self, time: float, asked: float, here: float) -> float:
        """Return the offset to subtract from server times; it said `time` between `asked` and `here`, local times."""
        most = time - asked
        if most < self._least:
            if self._believed_from is None:
                self._believed_from = here + self._least + LIFETIME_SECONDS
            if time <= self._believed_from:
                return self._least
            self._least = -inf
        self._believed_from = None
        self._least = max(self._least, time - here)
        return most
