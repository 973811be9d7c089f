"""Large files that are dropped: on the disk while they arrive, never whole in memory."""
