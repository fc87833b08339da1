"""The server's clock, read by our own."""

from math import inf

from shop.application.ports.shared_reads import LIFETIME_SECONDS


class ServerClock:
    """Turns moments of the server's clock into moments of ours: never later than they are.

    How far the two are apart isn't known, but each answer with the server's time says: at most its time less the
    moment at which it was asked for, at least its time less the moment at which it was here. The most is used,
    which has everything expire early. The least is remembered, for a server whose clock is suddenly behind (its
    machine stood still, its clock was set, another machine took its place) would have old values look fresh.
    Then the distance from before holds until its clock has passed all that it can have said before, and what was
    kept in that time is over.
    """

    def __init__(self) -> None:
        self._least = -inf
        self._believed_from: float | None = None

    def distance(self, time: float, asked: float, here: float) -> float:
        """What to take off a moment of the server's clock, which said `time` between `asked` and `here` of ours."""
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
