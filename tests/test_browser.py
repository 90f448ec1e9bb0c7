"""A notebook in JupyterLab as a reader opens it, in a real browser: opened, run, saved, looked at."""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest

from src.utils import paths
from src.utils.figures.passport import HIGH_RESOLUTION, passports_under, read_passport
from src.utils.running.comparing import compare
from tests.small_notebooks import command, copy_tree, environment

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NOTEBOOK = "notebooks/01_read_the_plan.ipynb"
MODEL = "() => !!window.jupyterapp?.shell?.currentWidget?.content?.model"
READY = """async () => {
    const panel = window.jupyterapp.shell.currentWidget;
    await panel.context.ready;
    await panel.sessionContext.ready;
    await panel.sessionContext.session.kernel.info;
    return panel.sessionContext.session.kernel.name;
}"""
RUN = """async () => {
    await window.jupyterapp.commands.execute("notebook:run-all-cells");
    await window.jupyterapp.commands.execute("docmanager:save");
}"""


@pytest.fixture(scope="session")
def browser_path() -> str:
    """The browser of this machine; where continuous integration has none, that is a failure."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        assert not os.environ.get("CI"), "no Chromium: .ci/run installs it on Debian"
        pytest.skip("no Chromium or Chrome on this machine")
    return found


@pytest.fixture
def lab(tmp_path):
    """JupyterLab as `python run.py lab` starts it, on a copy of the project; gives the copy and the address."""
    tree = copy_tree(tmp_path / "tree", without=("tests/",))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    private = {
        name: str(tmp_path / name.lower())
        for name in (
            "HOME",
            "IPYTHONDIR",
            "JUPYTER_CONFIG_DIR",
            "JUPYTER_DATA_DIR",
            "JUPYTER_RUNTIME_DIR",
            "JUPYTERLAB_SETTINGS_DIR",
            "JUPYTERLAB_WORKSPACES_DIR",
        )
    }
    options = [
        "--no-browser",
        "--expose-app-in-browser",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=t",
    ]
    log = tmp_path / "lab.log"
    with (
        log.open("wb") as file,
        subprocess.Popen(
            command("lab", *options), env=environment(tree) | private, cwd=tmp_path, stdout=file, stderr=file
        ) as server,
    ):
        try:
            wait_for(f"http://127.0.0.1:{port}/api?token=t", server, log)
            yield tree, f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=30)


def wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server answers."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8')[-2000:]}")


@pytest.mark.slow(seconds=14)
def test_a_reader_opens_the_first_notebook_runs_it_and_saves_it(lab, browser_path, tmp_path):
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    tree, address = lab
    saved = tree / NOTEBOOK
    before = nbformat.read(saved, as_version=4)
    drawn = figures_of(Path(NOTEBOOK).stem)
    for name in drawn:
        (tree / "figures" / name).unlink()
    cleared = nbformat.from_dict(json.loads(json.dumps(before)))
    for cell in cleared.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nbformat.write(cleared, saved)
    asked = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{address}/lab/tree/{NOTEBOOK}?token=t&reset", wait_until="domcontentloaded")
        page.wait_for_function(MODEL, timeout=60_000)
        assert page.evaluate(READY) == "python3"
        page.evaluate(RUN)
        page.wait_for_selector(".jp-OutputArea-output img", timeout=30_000)
        widths = page.locator(".jp-OutputArea-output img").evaluate_all("all => all.map((one) => one.naturalWidth)")
        picture = page.screenshot(path=tmp_path / "lab.png")
        dialogs = page.locator(".jp-Dialog").count() + page.locator(".Toastify__toast").count()
        browser.close()
    assert dialogs == 0
    assert [
        url for url in asked if not url.startswith((address, "data:", "blob:", address.replace("http", "ws")))
    ] == []
    assert len(picture) > 10_000
    assert min(widths) > 300
    after = nbformat.read(saved, as_version=4)
    assert [cell.source for cell in after.cells] == [cell.source for cell in before.cells]
    outputs = [output for cell in after.cells for output in cell.get("outputs", [])]
    assert {output.output_type for output in outputs} <= {"stream", "display_data", "execute_result"}
    assert not any(output.get("name") == "stderr" for output in outputs)
    counts = [cell.execution_count for cell in after.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))

    assert any("image/png" in kinds for kinds in shown(after))
    assert shown(after) == shown(before)
    assert len(drawn) > 10
    found = compare(paths.FIGURES, tree / "figures", drawn)  # each is there again, and is what it was
    assert (found.n_files, found.drifts) == (len(drawn), [])


def figures_of(notebook: str) -> list[str]:
    """The files of the figures that a notebook draws, by their paths under figures/; those that git keeps."""
    found = []
    for path in passports_under(paths.FIGURES):
        passport = read_passport(path)
        if passport["made_by"]["notebook"] == notebook:
            files = [name for name in passport["files"] if not name.endswith(HIGH_RESOLUTION)]
            found += [path.with_name(name).relative_to(paths.FIGURES).as_posix() for name in [*files, path.name]]
    return found


def shown(notebook: nbformat.NotebookNode) -> list[dict[str, str]]:
    """What the outputs show: their text and tables word for word, of pictures that they are there."""
    words = ("text/plain", "text/markdown", "text/html")
    return [
        {kind: content if kind in words else "" for kind, content in output.get("data", {}).items()}
        | {"stream": output.get("text", "")}
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    ]
