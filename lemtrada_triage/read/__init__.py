"""The second reader, and what becomes of two opinions."""
