"""Second factors in memory."""

from dataclasses import replace
from typing import Final

from shop.adapters.memory.framework.store import Transaction
from shop.domain.accounts.second_factor import SecondFactor

_FACTORS: Final = "second_factors"


class MemorySecondFactors:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def get(self, user_id: str) -> SecondFactor | None:
        return await self._transaction.get(_FACTORS, user_id)

    async def prepare(self, user_id: str, secret: bytes) -> None:
        factor = await self._locked(user_id) or SecondFactor(user_id=user_id)
        await self._put(replace(factor, pending_secret=secret))

    async def save_confirmed(self, factor: SecondFactor) -> None:
        await self._transaction.lock(_FACTORS, factor.user_id)
        await self._put(factor)

    async def spend_step(self, user_id: str, secret: bytes, step: int) -> bool:
        factor = await self._locked(user_id)
        if factor is None or factor.secret != secret:
            return False
        if factor.last_step is not None and factor.last_step >= step:
            return False
        await self._put(replace(factor, last_step=step))
        return True

    async def spend_recovery_code(self, user_id: str, digest: bytes) -> bool:
        factor = await self._locked(user_id)
        if factor is None or digest not in factor.recovery_codes:
            return False
        await self._put(replace(factor, recovery_codes=factor.recovery_codes - {digest}))
        return True

    async def delete(self, user_id: str) -> None:
        await self._transaction.lock(_FACTORS, user_id)
        await self._transaction.delete(_FACTORS, user_id)

    async def _put(self, factor: SecondFactor) -> None:
        await self._transaction.put(_FACTORS, factor.user_id, factor)

    async def _locked(self, user_id: str) -> SecondFactor | None:
        await self._transaction.lock(_FACTORS, user_id)
        return await self.get(user_id)
