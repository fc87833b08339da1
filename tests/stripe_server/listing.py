"""Lists with cursors, newest first, and `expand`, which replaces ids in an answer with whole objects."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.stripe_server.account import Account
from tests.stripe_server.errors import StripeObject, invalid_parameter, invalid_request
from tests.stripe_server.parameters import Parameters

_COMPARISONS: Mapping[str, Callable[[int, int], bool]] = {
    "gt": lambda created, bound: created > bound,
    "gte": lambda created, bound: created >= bound,
    "lt": lambda created, bound: created < bound,
    "lte": lambda created, bound: created <= bound,
    "is": lambda created, bound: created == bound,
}
_EXPANDABLE = {"charge": "charges", "latest_charge": "charges", "payment_intent": "payment_intents"}


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a list that a request asks for."""

    limit: int
    starting_after: str | None
    ending_before: str | None
    created: Mapping[str, int]

    @classmethod
    def read(cls, parameters: Parameters) -> "Window":
        return cls(
            limit=parameters.integer("limit", least=1, most=100) or 10,
            starting_after=parameters.text("starting_after"),
            ending_before=parameters.text("ending_before"),
            created=_read_created(parameters),
        )

    def page(
        self,
        objects: Mapping[str, StripeObject],
        url: str,
        wanted: Callable[[StripeObject], bool] = lambda _: True,
    ) -> StripeObject:
        """Return the requested part of the `objects` (oldest first) that are `wanted`, in Stripe's list format."""
        newest_first = list(objects.values())[::-1]
        start, end = 0, len(newest_first)
        if self.starting_after is not None:
            start = self._position(newest_first, self.starting_after, "starting_after") + 1
        if self.ending_before is not None:
            end = self._position(newest_first, self.ending_before, "ending_before")
        found = [each for each in newest_first[start:end] if self._covers(each) and wanted(each)]
        backwards = self.ending_before is not None
        data = found[-self.limit :] if backwards else found[: self.limit]
        return {
            "object": "list",
            "data": copy.deepcopy(data),
            "has_more": len(found) > self.limit,
            "url": url,
        }

    def _covers(self, each: StripeObject) -> bool:
        return all(_COMPARISONS[name](each["created"], bound) for name, bound in self.created.items())

    @staticmethod
    def _position(objects: Sequence[StripeObject], identifier: str, param: str) -> int:
        for position, each in enumerate(objects):
            if each["id"] == identifier:
                return position
        raise invalid_request(f"No such object: '{identifier}'", code="resource_missing", param=param)


def _read_created(parameters: Parameters) -> dict[str, int]:
    if not parameters.is_object("created"):
        exact = parameters.integer("created")
        return {} if exact is None else {"is": exact}
    bounds = parameters.inner("created")
    assert bounds is not None
    read = {name: bounds.integer(name) for name in ("gt", "gte", "lt", "lte")}
    bounds.done()
    return {name: bound for name, bound in read.items() if bound is not None}


def check_expansions(paths: Sequence[str]) -> None:
    """Refuse paths whose objects the fake does not have."""
    for path in paths:
        if any(name not in _EXPANDABLE for name in path.removeprefix("data.").split(".")):
            raise invalid_parameter(f"This property cannot be expanded ({path}).", param="expand")


def expanded(account: Account, answer: StripeObject, paths: Sequence[str]) -> StripeObject:
    """Return a copy with whole objects in place of ids at these paths (in lists, such as `data.latest_charge`)."""
    answer = copy.deepcopy(answer)
    for path in paths:
        if path.startswith("data."):
            for each in answer.get("data", []):
                _expand(account, each, path.removeprefix("data.").split("."))
        else:
            _expand(account, answer, path.split("."))
    return answer


def _expand(account: Account, holder: StripeObject, names: Sequence[str]) -> None:
    name, *others = names
    value = holder.get(name)
    if isinstance(value, str):
        holder[name] = copy.deepcopy(getattr(account, _EXPANDABLE[name])[value])
    if others and isinstance(holder.get(name), dict):
        _expand(account, holder[name], others)
