"""From a patient's text to mentions: fold, words, phrases, frames, measurements, context."""
