"""Figures to run a shop by: sums over the sales ledger, shown to customers, to admins and to anyone."""
