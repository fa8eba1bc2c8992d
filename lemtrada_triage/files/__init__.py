"""Finds and reads the files that authors write, and says what is wrong with them in plain words."""
