"""Splitting an amount of money over lines, exactly."""

from collections.abc import Sequence


def spread(amount: int, weights: Sequence[int], *, step: int = 1) -> list[int]:
    """Split `amount` exactly, in proportion to the weights.

    Shares are rounded by largest remainder; ties go to the earlier share. They are multiples of `step` if the
    amount and all weights are; otherwise of 1. With 0 <= amount <= sum(weights), no share exceeds its weight.
    """
    if step > 1 and not any(value % step for value in (amount, *weights)):
        shares = spread(amount // step, [weight // step for weight in weights])
        return [share * step for share in shares]
    whole = sum(weights)
    if amount == 0 or whole == 0:
        assert amount == 0, "nothing to spread over"
        return [0] * len(weights)
    shares = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda index: -(amount * weights[index] % whole))
    for index in by_remainder[: amount - sum(shares)]:
        shares[index] += 1
    return shares
