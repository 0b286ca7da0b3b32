"""A Jupyter server on a free loopback port, and lessons in a real browser."""

import contextlib
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat

COURSE = Path(__file__).resolve().parent.parent
PICTURES = COURSE / "images" / "runs" / "browser"  # git-ignored; look at them
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MISSING = (
    "no Chromium or Chrome found for the browser tests. To install one: sudo apt install chromium "
    "fonts-noto-cjk (Debian, Ubuntu), brew install --cask chromium (macOS), winget install "
    "Google.Chrome (Windows); or name its path in the environment variable CHROME"
)


def find_browser():
    """The path of an installed Chromium or Chrome, or None."""
    places = [
        os.environ.get("CHROME", ""),
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        os.path.expandvars(r"%ProgramFiles%\Google\Chrome\Application\chrome.exe"),
    ]
    places[1:1] = filter(None, map(shutil.which, BROWSERS))
    return next((place for place in places if Path(place).is_file()), None)


@contextlib.contextmanager
def launched(playwright):
    """A browser that asks nobody outside for anything."""
    flags = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    flags += ["--disable-background-networking", "--disable-component-update"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        flags.append("--no-sandbox")  # as in a container
    browser = playwright.chromium.launch(executable_path=find_browser(), args=flags)
    try:
        yield browser
    finally:
        browser.close()


@contextlib.contextmanager
def serving(folder, app="lab"):
    """JupyterLab ("lab") or Notebook 7 ("notebook") on copies of all lessons in `folder`.

    Gives the address of a notebook by its name. Settings and choices of the person who runs the
    tests are neither used nor changed.
    """
    for name in ("notebooks", "images"):
        shutil.copytree(
            COURSE / name, folder / name, ignore=shutil.ignore_patterns("runs", ".ipynb_*")
        )
    private = {f"JUPYTER_{name}_DIR": str(folder / name) for name in ("DATA", "CONFIG", "RUNTIME")}
    quiet = folder / "CONFIG/lab/user-settings/@jupyterlab/apputils-extension"
    quiet.mkdir(parents=True)
    (quiet / "notification.jupyterlab-settings").write_text(
        '{"fetchNews": "false", "checkForUpdates": false}'
    )
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        port = place.getsockname()[1]
    token = secrets.token_hex(16)
    module, application = {
        "lab": ("jupyterlab", "LabApp"),
        "notebook": ("notebook", "JupyterNotebookApp"),
    }[app]
    command = [sys.executable, "-m", module, "--no-browser", "--allow-root"]
    command += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"]
    command += ["--ServerApp.port_retries=0", f"--ServerApp.root_dir={folder}"]
    command += [f"--{application}.expose_app_in_browser=True"]
    environment = os.environ | private | {"JUPYTER_TOKEN": token}
    lessons = sorted((folder / "notebooks").rglob("[0-9]*.ipynb"))  # `lab` signs them too
    trust = [sys.executable, "-m", "jupyter", "trust", *lessons]
    subprocess.run(trust, env=environment, check=True, capture_output=True)
    with open(folder / f"{app}.log", "wb") as log:
        server = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    root = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: _answers(f"{root}/api/status?token={token}"), 60, "the Jupyter server")

        def address(name):
            # A workspace of its own, or JupyterLab opens what the last page had open.
            tree = f"lab/workspaces/{secrets.token_hex(4)}/tree" if app == "lab" else "notebooks"
            return f"{root}/{tree}/notebooks/{name}.ipynb?token={token}"

        yield address
    finally:
        server.terminate()
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            server.kill()


def _answers(address):
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        return direct.open(address, timeout=5).status == 200
    except OSError:
        return False


def write_notebook(folder, name, *cells):
    """A notebook of code cells, and of prose where a cell starts with `#` and a space."""
    notebook = nbformat.v4.new_notebook()
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    new = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
    notebook.cells = [new[cell.startswith("# ")](cell) for cell in cells]
    nbformat.write(notebook, folder / "notebooks" / f"{name}.ipynb")


def wait_for(condition, seconds=60, what="it"):
    """Wait until the condition gives something true, and return that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds} s for {what}")


class Lesson:
    """One notebook in a page."""

    def __init__(self, page, address):
        self.page = page
        page.set_default_timeout(120_000)  # a busy machine is slow, not wrong
        page.goto(address)
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        self.wait_for_kernel()

    PANEL = "const panel = window.jupyterapp.shell.currentWidget; "

    def do(self, script):
        """The value of a piece of JavaScript in which `panel` is the notebook's panel."""
        return self.page.evaluate(f"async () => {{ {self.PANEL} {script} }}")

    def command(self, name):
        """One of the application's own commands, waited for to its end."""
        self.page.evaluate("name => window.jupyterapp.commands.execute(name)", name)

    def wait_for_kernel(self):
        """Wait until the kernel is there and has nothing to do."""
        status = "return panel?.sessionContext?.session?.kernel?.status"
        wait_for(lambda: self.do(status) == "idle", 300, "an idle kernel")

    def run_all(self):
        """Run all cells to the end."""
        self.command("notebook:run-all-cells")
        self.wait_for_kernel()

    def run_cell(self, number):
        """Run one cell, counted from 0."""
        self.do(f"panel.content.activeCellIndex = {number}; panel.content.mode = 'command'")
        self.command("notebook:run-cell")

    def restart(self):
        """Throw the kernel away in the middle of whatever it does, and start another."""
        self.do("await panel.sessionContext.session.kernel.restart()")
        self.wait_for_kernel()

    def shut_down(self):
        """End the kernel, which would live on after the page and slow what comes next."""
        self.do("await panel.sessionContext.shutdown()")

    def python(self, code):
        """Run code in the kernel, outside the notebook, and return what it prints."""
        return self.page.evaluate(
            """async code => {
                const panel = window.jupyterapp.shell.currentWidget;
                const future = panel.sessionContext.session.kernel.requestExecute({ code });
                let printed = "";
                future.onIOPub = message => { printed += message.content.text ?? ""; };
                const reply = await future.done;
                if (reply.content.status === "error") throw new Error(reply.content.evalue);
                return printed.trim();
            }""",
            code,
        )

    def errors(self):
        """What cells that ended in an error say, and warnings of widgets that did not come."""
        missing = self.page.get_by_text(re.compile("Error displaying widget|Loading widget"))
        return missing.all_inner_texts() + self.do(
            """return panel.content.widgets.filter(cell => cell.model.type === "code").flatMap(
                cell => cell.model.outputs.toJSON().filter(out => out.output_type === "error")
                    .map(out => `${out.ename}: ${out.evalue}`))"""
        )

    def instrument(self, number=0):
        """The n-th instrument of the page, the language switch among them."""
        return self.page.locator(".gan-instrument").nth(number)

    def handle(self, name, where=None):
        """A slider's handle by its name in English."""
        return (where or self.page).get_by_role("slider", name=re.compile(name))

    def button(self, name, where=None):
        """A button by what it says."""
        return (where or self.page).get_by_role("button", name=re.compile(name))

    def screenshot(self, name):
        """A picture of the page for people to look at."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png")


if __name__ == "__main__":  # make test-browser asks first
    sys.exit(None if find_browser() else MISSING)
