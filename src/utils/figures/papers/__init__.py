"""What goes into a paper beside the figures: three-line tables (三线表) for Word, LaTeX and Excel."""
