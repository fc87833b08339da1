"""Messages: mail to customers and to the owner."""
