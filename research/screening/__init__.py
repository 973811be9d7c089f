"""Ideas for a better frontier: what was tried, how it is trained and judged; see `__main__.py`."""
