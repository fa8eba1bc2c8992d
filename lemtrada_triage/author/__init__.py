"""Tools for the authors of rules and vocabulary."""
