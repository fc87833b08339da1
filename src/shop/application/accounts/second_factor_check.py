"""Checks of second factors: codes from an app, and recovery codes. Each works once."""

import base64
import hmac

from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.logins import OneTimeCodes
from shop.application.ports.system import Clock, SecretBox, SecretDigests
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.accounts.second_factor import SecondFactor

_RECOVERY_CODE = "recovery code"
"""The purpose of the keyed digests of recovery codes."""


class SecondFactorCheck:
    """Compares codes with a user's second factor. The caller counts wrong codes, as wrong passwords are counted.

    A code is spent by a conditional update: of any number of processes that check the same code, one succeeds.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        codes: OneTimeCodes,
        secret_box: SecretBox,
        digests: SecretDigests,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._codes = codes
        self._secret_box = secret_box
        self._digests = digests
        self._clock = clock

    @retry_on_conflict
    async def __call__(self, user_id: str, code: str) -> bool:
        """Spend the code of the app, or the recovery code. Return False if it is wrong, too old or spent."""
        async with self._unit_of_work() as work:
            factor = await work.second_factors.get(user_id)
            if factor is None or factor.secret is None:
                return False
            step = self.step_of(factor.secret, code)
            if step is not None:
                return await work.second_factors.spend_step(user_id, factor.secret, step)
            digest = self._recovery_digest(factor, code)
            return digest is not None and await work.second_factors.spend_recovery_code(user_id, digest)

    def step_of(self, sealed_secret: bytes, code: str) -> int | None:
        """Return the time step whose code this is, at most one step from now; None if it is invalid."""
        secret = self._secret_box.open(sealed_secret)
        if secret is None:  # the keys were lost: only the command line helps
            return None
        return self._codes.step_of(secret.decode(), code.replace(" ", ""), self._clock.now())

    def digests_of(self, user_id: str, recovery_code: str) -> list[bytes]:
        """Return the digests of a recovery code, one per key, the newest key's first."""
        normal = recovery_code.upper().replace("-", "").replace(" ", "")
        texts = self._digests.texts(_RECOVERY_CODE, user_id, normal)
        return [base64.urlsafe_b64decode(text + "=") for text in texts]

    def _recovery_digest(self, factor: SecondFactor, code: str) -> bytes | None:
        for digest in self.digests_of(factor.user_id, code):
            for stored in factor.recovery_codes:
                if hmac.compare_digest(digest, stored):
                    return stored
        return None
