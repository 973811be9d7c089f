"""What the dashboard's screens show, computed from the engine: pure functions, no screen, no torch before it is needed.

Nothing outside imports this package but the screens and the figures drawn for them.
"""
