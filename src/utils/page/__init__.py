"""A page for people who do not run code: one self-contained HTML file per plan.

It stands downstream of words, measures and figures and takes from all of them, which no room of figures/ may do.
"""
