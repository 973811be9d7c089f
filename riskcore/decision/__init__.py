"""One run and one dial: calibration, decisions, the frontier and operating points."""
