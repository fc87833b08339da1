"""Mail: composing, sending and writing it."""
