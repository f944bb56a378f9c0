"""AI assistants, over the Model Context Protocol: what the API answers, as read-only tools.

`tools.py` says what may be called and knows nothing of the protocol, which `server.py` speaks by
the official SDK (extra `mcp`) and `door.py` puts at `/mcp`. Those two are imported only where they
are used: the SDK takes a third of a second and 24 MB.
"""
