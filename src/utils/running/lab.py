"""Open the notebooks in JupyterLab, with this Python's kernel and nothing that asks the network."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence

from src.utils.files import write_whole
from src.utils.paths import CACHE, NOTEBOOKS, ROOT

QUIET = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}


def open_lab(arguments: Sequence[str]) -> int:
    """Start JupyterLab at the first notebook, with any further arguments; returns its exit code."""
    settings = CACHE / "jupyterlab" / "settings"  # defaults only: what the user has set in JupyterLab goes before
    write_whole(settings / "overrides.json", json.dumps(QUIET, indent=1) + "\n")
    first = next(iter(sorted(NOTEBOOKS.glob("0*.ipynb"))), None)
    command = [
        *(sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={ROOT}", "--LabApp.extension_manager=readonly"),
        *(f"--LabApp.app_settings_dir={settings}", "--LabApp.news_url="),
        *([f"--LabApp.default_url=/lab/tree/notebooks/{first.name}"] if first else []),
        *(["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
        *arguments,
    ]
    environment = {name: value for name, value in os.environ.items() if name != "JUPYTER_PATH"}
    environment |= {"PYTHONPATH": str(ROOT), "JUPYTER_PREFER_ENV_PATH": "1"}
    return take_over(command, environment)


def take_over(command: list[str], environment: dict[str, str]) -> int:
    """Run a command in this process's place, so that what ends this ends it too; where that cannot be, wait for it."""
    if os.name != "nt":
        os.execve(command[0], command, environment)
    return subprocess.call(command, env=environment)
