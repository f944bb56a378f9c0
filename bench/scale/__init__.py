"""What the product does with 10,000 to 1,000,000 passages: `python -m bench.scale`."""
