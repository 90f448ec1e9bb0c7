"""Running it all: executing notebooks and the command line."""
