"""Insights: what the journal counts, read beside the texts that are served now.

`figures.py` asks the database, `making.py` makes a `Report` of it (pure), `content.py` and
`traffic.py` lay it out as the tables that the page, its files and the terminal show alike.
"""
