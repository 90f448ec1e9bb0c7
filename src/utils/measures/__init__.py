"""Tokens to counts to scores: frequency, TF-IDF."""
