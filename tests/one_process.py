"""Guihua's command line with each notebook executed in this process, in fresh variables: python tests/one_process.py.

All else is as in a run with kernels: what is put in, what is refused in an output, where the copy goes, the pages. What
every notebook imports is imported once, not once for each, which is half of the time on a plan with little text.
"""

import os
import sys
from base64 import b64encode

import nbformat
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from src.utils.figures import save
from src.utils.running import cli, executing, notebooks


def execute(job: executing.Execution, _environment: dict[str, str]) -> str:
    """In place of src.utils.running.executing.execute."""
    notebook = executing.read_notebook(job.source)
    executing.inject(notebook, job.plan, job.source)
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    shell.reset()
    os.chdir(job.source.parent)
    number = 0
    for cell in notebook.cells:
        if cell.cell_type == "code":
            number += 1
            with capture_output() as said:
                result = shell.run_cell(cell.source)
            result.raise_error()
            cell.execution_count, cell.outputs = number, outputs(said)
    executing.normalise(notebook)
    executing.check_outputs(notebook, job.source)
    return nbformat.writes(notebook) + "\n"


def outputs(said) -> list[nbformat.NotebookNode]:
    """What a cell printed and showed, as it stands in a notebook."""
    streams = [("stdout", said.stdout), ("stderr", said.stderr)]
    found = [nbformat.v4.new_output("stream", name=name, text=text) for name, text in streams if text]
    return found + [nbformat.v4.new_output("display_data", data=as_text(shown.data)) for shown in said.outputs]


def as_text(data: dict) -> dict:
    """An output's forms, pictures as a notebook keeps them."""
    return {kind: b64encode(form).decode() if isinstance(form, bytes) else form for kind, form in data.items()}


if __name__ == "__main__":
    save.HIGH_DPI = save.save_figure.__kwdefaults__["dpi"] = 72  # what is drawn matters here, not how finely
    notebooks.execute = execute
    notebooks.cores = lambda: 1  # there is one shell
    sys.exit(cli.main(sys.argv[1:]))
