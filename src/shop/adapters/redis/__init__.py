"""What instances share by Redis or Valkey: a memory that may be lost, frozen or late and is never wrong."""
