"""The report of `.ci/audit` for each outcome of pip-audit."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.documents import ROOT

AUDITED = {"name": "click", "version": "8", "vulns": []}
SKIPPED = {"name": "httpx", "skip_reason": "not on the index"}
FAKE = """\
#!/bin/sh
for argument; do case $argument in --output=*) report=${argument#--output=};; esac; done
printf %%s '%s' > "$report"
echo '%s' >&2
exit %d
"""


def audit(folder: Path, report: Any, *, code: int = 0, error: str = "") -> tuple[int, list[str]]:
    """Return the exit code and the output lines, where pip-audit writes `report` and `error` and exits with `code`."""
    fake = folder / "pip-audit"
    fake.write_text(FAKE % ("" if report is None else json.dumps(report), error, code))
    fake.chmod(0o700)
    done = subprocess.run(
        [ROOT / ".ci" / "audit", "requirements/run.txt"],
        cwd=ROOT,
        env={**os.environ, "PIP_AUDIT": str(fake)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).splitlines()


def test_the_number_of_audited_packages_is_reported(tmp_path: Path) -> None:
    code, said = audit(tmp_path, {"dependencies": [AUDITED, AUDITED, SKIPPED]})
    assert code == 0
    assert said == [
        "pip-audit: no known vulnerability in 2 of 3 packages",
        "pip-audit: skipped httpx: not on the index",
    ]


def test_an_audit_of_no_package_is_reported_as_skipped(tmp_path: Path) -> None:
    code, said = audit(tmp_path, {"dependencies": [SKIPPED, SKIPPED]})
    assert code == 0
    assert said[0] == "pip-audit: skipped: none of 2 packages was audited"
    assert not any("no known vulnerability" in line for line in said)


def test_an_audit_without_a_connection_is_reported_as_skipped(tmp_path: Path) -> None:
    assert audit(tmp_path, None, code=1, error="ConnectionError: no route") == (
        0,
        ["pip-audit: skipped: cannot reach its data"],
    )


def test_a_vulnerability_fails_the_run(tmp_path: Path) -> None:
    vulnerable = {**AUDITED, "vulns": [{"id": "CVE-2026-1"}]}
    code, said = audit(tmp_path, {"dependencies": [vulnerable]}, code=1, error="Found 1 known vulnerability")
    assert code == 1
    assert any("CVE-2026-1" in line for line in said)


def test_any_other_failure_fails_the_run(tmp_path: Path) -> None:
    assert audit(tmp_path, None, code=2, error="no such file") == (2, ["no such file"])
