"""This service beside peers, in one run on one machine: speed, memory, start, quality, and how far
all that is from what the processor allows.

`python -m bench.peers` says how. The peers' libraries stand in an environment of their own, made by
`scripts/install-peers`; their apps (`*_app.py`) run there and know nothing of `qa_service`.
"""
