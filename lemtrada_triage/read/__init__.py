"""From a patient's text to mentions: the words reader, the learned reader, and what becomes of two opinions."""
