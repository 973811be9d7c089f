"""What tests share, imported by full name."""
