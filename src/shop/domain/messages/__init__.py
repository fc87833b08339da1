"""Messages: mail to customers and to the shop's owner."""
