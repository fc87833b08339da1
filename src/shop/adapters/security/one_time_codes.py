"""Time-based one-time codes (RFC 6238), and QR codes.

SHA-1, 30 seconds and 6 digits are the parameters that every authenticator app supports.
"""

import hmac
from datetime import datetime
from typing import Final

import pyotp
import segno

_STEP_SECONDS: Final = 30


class TotpCodes:
    """See the port."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer

    def uri(self, secret: str, username: str) -> str:
        return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=self._issuer)

    def qr_code(self, uri: str) -> str:
        return segno.make_qr(uri, error="m").svg_data_uri(scale=4, light="#fff")

    def step_of(self, secret: str, code: str, at: datetime) -> int | None:
        now = int(at.timestamp()) // _STEP_SECONDS
        generator = pyotp.TOTP(secret)
        found = None
        for step in (now - 1, now, now + 1):  # always all three, so that the duration reveals nothing
            if hmac.compare_digest(generator.generate_otp(step).encode(), code.encode()):
                found = step
        return found
