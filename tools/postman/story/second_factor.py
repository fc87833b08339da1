"""A customer sets up a second factor, and disables it."""

from typing import Final

from tools.postman.steps import Caller, Folder, Step, Variant

_GENERATE: Final = (
    "const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';",
    "const secret = pm.environment.get('TOTP_SECRET') || '';",
    "const bits = [...secret].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('');",
    "const bytes = bits.match(/.{8}/g) || [];",
    "const key = bytes.map((byte) => parseInt(byte, 2).toString(16).padStart(2, '0')).join('');",
    "const step = Math.floor(Date.now() / 30000).toString(16).padStart(16, '0');",
    "const digest = CryptoJS.HmacSHA1(CryptoJS.enc.Hex.parse(step), CryptoJS.enc.Hex.parse(key)).toString();",
    "const offset = parseInt(digest.slice(-1), 16) * 2;",
    "const number = parseInt(digest.slice(offset, offset + 8), 16) & 0x7fffffff;",
    "pm.variables.set('TOTP_CODE', String(number % 1000000).padStart(6, '0'));",
)
"""The code that an app would show for the secret (RFC 6238)."""

FOLDER: Final = Folder(
    name="Accounts: second factor",
    description="Codes from an app beside the password. A script takes the app's place and fills `TOTP_CODE`.",
    before=_GENERATE,
    steps=(
        Step(
            name="Set up a second factor",
            operation="POST /api/users/me/totp",
            caller=Caller.USER,
            body={"password": "{{USER_PASSWORD}}, and another"},
            note="Nothing is in force yet.",
            keeps={"TOTP_SECRET": "secret"},
        ),
        Step(
            name="Confirm it with a code",
            operation="POST /api/users/me/totp/confirm",
            caller=Caller.USER,
            headers={"Idempotency-Key": "{{TOTP_CONFIRM_KEY}}"},
            body={"code": "{{TOTP_CODE}}"},
            fresh={"TOTP_CONFIRM_KEY": "confirm"},
            note="From now on, logins need a code.",
            keeps={"RECOVERY_CODE": "recoveryCodes.0"},
            variants=(
                Variant(name="A wrong code", status=400, body={"code": "wrong"}),
                Variant(
                    name="It is confirmed already",
                    status=409,
                    after=True,
                    headers={"Idempotency-Key": "{{TOTP_CONFIRM_KEY}}-again"},
                ),
                Variant(
                    name="The key was used for something else",
                    status=422,
                    after=True,
                    body={"code": "123456"},
                ),
            ),
        ),
        Step(
            name="Disable it with a recovery code",
            operation="POST /api/users/me/totp/disable",
            caller=Caller.USER,
            headers={"Idempotency-Key": "{{TOTP_DISABLE_KEY}}"},
            body={"password": "{{USER_PASSWORD}}, and another", "code": "{{RECOVERY_CODE}}"},
            fresh={"TOTP_DISABLE_KEY": "disable"},
            expects={"ok": True},
            variants=(
                Variant(
                    name="A wrong code",
                    status=400,
                    body={"password": "{{USER_PASSWORD}}, and another", "code": "wrong"},
                ),
                Variant(
                    name="There is none any more",
                    status=409,
                    after=True,
                    headers={"Idempotency-Key": "{{TOTP_DISABLE_KEY}}-again"},
                ),
                Variant(
                    name="The key was used for something else",
                    status=422,
                    after=True,
                    body={"password": "{{USER_PASSWORD}}, and another", "code": "123456"},
                ),
            ),
        ),
    ),
)
