"""Dates in the place of day counts: a patient's infusions, when a symptom began, and what is due when."""
