"""The page on webhooks: its code verifies the shop's signatures, and its pauses match the schedule."""

import re
import time
from datetime import UTC, datetime

from shop.adapters.webhooks.signatures import signature_headers
from shop.domain.outbox.schedule import PAUSES
from tests.documents import ROOT

PAGE = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
SECRET, OTHER = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AAAA9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_the_python_code_verifies_what_the_shop_signs() -> None:
    found = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    names: dict[str, object] = {}
    exec(found[1], names)
    verify, body = names["verify"], '{"a":"é"}'.encode()
    assert callable(verify)
    now = datetime.fromtimestamp(time.time(), UTC)
    headers = signature_headers("msg_1", now, body, [OTHER, SECRET])
    assert verify(SECRET, headers, body)
    assert not verify(SECRET, headers, body + b" ")
    assert not verify(SECRET, signature_headers("msg_1", now, body, [OTHER]), body)
    old = datetime.fromtimestamp(time.time() - 301, UTC)
    assert not verify(SECRET, signature_headers("msg_1", old, body, [SECRET]), body)


def test_the_page_has_code_in_five_languages() -> None:
    assert set(re.findall(r"^```(\w+)$", PAGE, re.MULTILINE)) == {"json", "python", "js", "php", "ruby", "go"}


def test_the_pauses_are_those_of_the_schedule() -> None:
    found = re.search(r"retried after 5 s, 5 min, 30 min, and ([\d, and]+) h", PAGE)
    assert found is not None
    hours = [int(number) for number in re.findall(r"\d+", found[1])]
    assert hours == [pause.total_seconds() / 3600 for pause in PAUSES[3:]]
    assert [pause.total_seconds() for pause in PAUSES[:3]] == [5, 300, 1800]
