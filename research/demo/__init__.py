"""In how many of 20 seeds the demo decides what it is there to show."""
