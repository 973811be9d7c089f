"""Keys of the session's state that several files share."""

TOUR_STEP = "tour_step"
"""The present step of the tour, while it is on."""
