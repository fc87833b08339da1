"""The composition root: the only package that knows both ports and adapters.

One container per room declares the room's use cases and their dependencies; `root` joins the rooms. This module imports
nothing: a command that only changes the schema starts without the whole shop.
"""
