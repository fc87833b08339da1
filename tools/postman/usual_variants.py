"""Error variants that many operations have in common."""

from collections.abc import Iterator
from typing import Final

from tools.postman.operations import Operation
from tools.postman.steps import Caller, Step, Variant

UNKNOWN_ID: Final = "00000000-0000-7000-8000-000000000000"
_UNKNOWN: Final = {"username": "nobody", "code": "NO-SUCH-CODE", "client_secret": "no-such-secret"}


def usual_variants(step: Step, operation: Operation, *, has_used_key: bool) -> Iterator[Variant]:
    """Yield the documented errors that the step doesn't show itself and that can be provoked generically.

    `has_used_key`: whether `{{USED_KEY}}` is an idempotency key that the caller used for another request.
    """
    missing = operation.statuses - {variant.status for variant in step.variants}
    parameters = list(operation.parameters)
    headers = {parameter.name for parameter in parameters if parameter.kind == "header"}
    if 304 in missing and "If-None-Match" in headers:
        known = {"If-None-Match": "{{ETAG}}"}
        yield Variant(name="Known already", status=304, after=True, headers=known)
    if 400 in missing:
        yield from _invalid(
            step, {each.name for each in parameters if each.kind == "query" and each.required}
        )
    if 401 in missing:
        yield Variant(name="Without a token", status=401, caller=Caller.NOBODY)
    if 403 in missing and operation.needs_a_permission:
        yield Variant(name="As a customer", status=403, caller=Caller.USER)
    if 404 in missing and step.places:
        places = {place: _UNKNOWN.get(place, UNKNOWN_ID) for place in step.places}
        yield Variant(name="Unknown", status=404, places=places)
    if 422 in missing and "Idempotency-Key" in headers and has_used_key:
        used = {"Idempotency-Key": "{{USED_KEY}}"}
        yield Variant(name="The key was used for something else", status=422, headers=used)
    if 412 in missing and "If-Match" in headers:
        yield Variant(name="Changed meanwhile", status=412, headers={"If-Match": '"of-yesterday"'})


def _invalid(step: Step, required: set[str]) -> Iterator[Variant]:
    if "page" in required:
        query = {name: value for name, value in step.query.items() if name != "page"}
        yield Variant(name="Without a page", status=400, query=query)
    elif isinstance(step.body, dict):
        body = {**step.body, "surprise": True}
        yield Variant(name="With an unknown field", status=400, body=body)
