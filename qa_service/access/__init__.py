"""Access: who may do what. `keys` holds the keys and their roles; what a role opens is decided
where it is opened.
"""
