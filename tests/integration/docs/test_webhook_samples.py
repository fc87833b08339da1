"""The JavaScript in docs/webhooks.md verifies the shop's signatures, and refuses everything else."""

import json
import re
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shop.adapters.webhooks.signatures import signature_headers
from tests.documents import ROOT
from tests.npm import node_program

PAGE = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
SECRET, OTHER = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AAAA9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = '{"a":"é"}'
RUN = """
import { readFileSync } from "node:fs";
import { verify } from "./verify.mjs";

const cases = JSON.parse(readFileSync("cases.json", "utf8"));
console.log(JSON.stringify(cases.map(([secret, headers, body]) => verify(secret, headers, Buffer.from(body)))));
"""


@pytest.mark.timeout(600)  # node may have to be fetched first
def test_the_javascript_code_verifies_what_the_shop_signs(tmp_path: Path) -> None:
    found = re.search(r"```js\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    node = node_program()  # first: fetching it takes time, and signatures expire after five minutes
    now = datetime.fromtimestamp(time.time(), UTC)
    old = datetime.fromtimestamp(time.time() - 400, UTC)

    def headers(at: datetime, *secrets: str) -> dict[str, str]:
        return signature_headers("msg_1", at, BODY.encode(), secrets)

    cases = [
        (SECRET, headers(now, OTHER, SECRET), BODY),
        (SECRET, headers(now, SECRET), f"{BODY} "),
        (SECRET, headers(now, OTHER), BODY),
        (SECRET, headers(old, SECRET), BODY),
        (SECRET, {**headers(now, SECRET), "webhook-signature": "v1,short"}, BODY),
    ]
    (tmp_path / "verify.mjs").write_text(found[1])
    (tmp_path / "run.mjs").write_text(RUN)
    (tmp_path / "cases.json").write_text(json.dumps(cases))
    ran = subprocess.run(
        [*node, "run.mjs"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == [True, False, False, False, False]
