"""What moves in a notebook."""
