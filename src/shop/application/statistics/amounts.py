"""Averages, rounded half up to the minor unit."""


def average(amount: int, number: int) -> int | None:
    """Return `amount` / `number` in whole minor units; None when `number` is 0."""
    return (2 * amount + number) // (2 * number) if number else None


def days_left(stock: int, sold_in_30_days: int) -> int | None:
    """Return how many whole days the stock lasts at the last 30 days' rate; None when nothing was sold."""
    return stock * 30 // sold_in_30_days if sold_in_30_days else None
