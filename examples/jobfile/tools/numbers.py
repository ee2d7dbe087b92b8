"""What is computed with."""

NUMBERS = [3, 5, 7]
