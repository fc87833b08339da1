"""The catalogue as CSV: export, and import from several shop systems."""
