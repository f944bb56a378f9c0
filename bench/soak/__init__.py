"""Endurance: what the service withstands, part by part. `make soak` runs and reports them."""
