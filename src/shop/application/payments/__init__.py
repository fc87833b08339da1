"""The life cycle of payments: opening, settlement, cancellation and refunds."""
