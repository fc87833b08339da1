"""Conversion between the server's clock and the local one."""

from math import inf

from shop.application.ports.shared_reads import LIFETIME_SECONDS


class ServerClock:
    """Converts times of the server's clock to the local clock, never to a later time than the true one.

    The exact offset is unknown, but each reply with the server's time bounds it: at most that time minus the local
    time of the request, at least that time minus the local time of the reply. The upper bound is used, so values
    expire early rather than late. The lower bound is remembered: if the server's clock jumps back (its machine was
    suspended, its clock was set, another machine replaced it), old values would look fresh. In that case the
    previous offset stays in use until the server's clock has passed every time that it may have reported
    before the jump; by then, the values stored meanwhile have expired.
    """

    def __init__(self) -> None:
        self._lower_bound = -inf
        self._trusted_from: float | None = None

    def distance(self, time: float, asked: float, here: float) -> float:
        """Return the offset to subtract from server times, in seconds.

        The server reported `time`; the local clock showed `asked` at the request and `here` at the reply.
        """
        upper_bound = time - asked
        if upper_bound < self._lower_bound:
            if self._trusted_from is None:
                self._trusted_from = here + self._lower_bound + LIFETIME_SECONDS
            if time <= self._trusted_from:
                return self._lower_bound
            self._lower_bound = -inf
        self._trusted_from = None
        self._lower_bound = max(self._lower_bound, time - here)
        return upper_bound
