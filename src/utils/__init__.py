"""What two notebooks share: plan file to text to outline to words to measures to figures, one direction.

Rooms, upstream first: plans, words, measures, figures, running. A room imports from those before it, never after.
Beside them: paths, errors, files (whole-or-nothing writing) and tables (the columns every table has).
"""
