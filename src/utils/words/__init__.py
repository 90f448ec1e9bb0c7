"""Sentences to words: lexicons, segmenting, stop words."""
