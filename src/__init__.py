"""The package root, so that notebooks write `from src.utils.… import …`."""
