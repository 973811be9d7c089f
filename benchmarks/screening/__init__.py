"""Ideas for a better frontier: what was tried, how it is trained and judged; see `screen_ideas.py`."""
