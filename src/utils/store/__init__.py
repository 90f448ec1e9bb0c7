"""Many plans' tables on disk: built in parallel, keyed by all they are made from, read with pandas or SQL.

members: what a name stands for. inputs: what each table depends on. layout: files, manifests, damage. building: one
batch of plans to files, here, in other processes or on a cluster. reading: `open_store` and what it gives.
"""

from src.utils.store.reading import Store, open_store

__all__ = ["Store", "open_store"]
