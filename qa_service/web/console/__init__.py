"""The operators' console: one page, and what it tells a telephone system at the end of a call."""
