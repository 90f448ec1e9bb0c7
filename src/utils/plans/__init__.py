"""A plan's folder to its tables: settings, reading, cleaning, outline, coverage, units."""
