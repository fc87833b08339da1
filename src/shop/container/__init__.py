"""The composition root: the only package that knows both ports and adapters.

One container per room declares the room's use cases and their dependencies; `root` joins the rooms.
"""

from shop.container.building import build_shop
from shop.container.root import assemble
from shop.container.shop import Shop

__all__ = ["Shop", "assemble", "build_shop"]
