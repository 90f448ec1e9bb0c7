"""What two notebooks share: plan file to text to outline to words to measures to figures, one direction.

Rooms, upstream first: plans, words, store, measures, figures, running. A room imports from those before it, never from
those after. Beside them: paths, code (its hash), errors, files (whole-or-nothing writing) and tables (the columns every
table has).
"""
