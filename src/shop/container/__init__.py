"""The composition root: the only package that knows ports and adapters both.

One container per room says which use cases the room has and what they need; `root` joins the rooms.
"""

from shop.container.root import assemble, build_shop
from shop.container.shop import Shop

__all__ = ["Shop", "assemble", "build_shop"]
