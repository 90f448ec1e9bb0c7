"""Tokens to counts to scores: frequency, dispersion, keyness, collocation, formulas, TF-IDF, and how sure they are."""
