"""Scoring whole symptom logs."""
