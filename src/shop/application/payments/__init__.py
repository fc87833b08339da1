"""The payment's life: opened, settled by what the provider says, cancelled, given back."""
