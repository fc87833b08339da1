"""Contract tests of storages: all ports of `shop.application.ports` except payment providers."""
