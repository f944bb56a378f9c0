"""Access: who may do what. `keys` holds the keys; each entrypoint says which role it needs."""
