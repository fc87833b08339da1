"""What every storage must do alike: the ports of `shop.application.ports` but for payment providers."""
