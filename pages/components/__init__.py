"""Parts that screens are made of, one panel or widget a file."""
