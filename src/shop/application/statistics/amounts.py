"""Averages, rounded to what the currency has: half a minor unit goes up."""


def average(amount: int, number: int) -> int | None:
    """`amount` over `number` in whole minor units; None when there is nothing to divide by."""
    return (2 * amount + number) // (2 * number) if number else None


def days_left(stock: int, sold_in_30_days: int) -> int | None:
    """For how many whole days the stock lasts at the pace of the last 30; None when nothing was sold."""
    return stock * 30 // sold_in_30_days if sold_in_30_days else None
