"""``vocab/`` as its authors write it, checked, and compiled for the words reader."""
