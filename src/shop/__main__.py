"""`python -m shop`: the same as `shop`."""

from shop.entrypoints.cli import main

main(prog_name="shop")
