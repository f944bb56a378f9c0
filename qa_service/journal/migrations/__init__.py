"""How the journal's tables came to be what they are: `schema.py` runs what is missing.

A migration never changes once it is released, and imports no table from `journal/tables.py`, which
are those of the newest.
"""
