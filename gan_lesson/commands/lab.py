"""python -m gan_lesson lab: open JupyterLab at lesson 00."""

import contextlib
import os
import sqlite3
import threading
import webbrowser
from pathlib import Path

import nbformat
from jupyter_core.paths import jupyter_data_dir
from jupyterlab.labapp import LabApp
from nbformat.sign import NotebookNotary

from gan_lesson import COURSE, export
from gan_lesson.commands import BadInput


def run(options):
    """Open JupyterLab at lesson 00, in a browser where there is one."""
    lesson = COURSE / "notebooks" / "00_start_here.ipynb"
    if not lesson.is_file():
        raise BadInput(
            f"找不到 {lesson}：請在課程的資料夾裡執行",
            f"{lesson} is not here: run this in the course's folder",
        )
    trust(COURSE / "notebooks")
    address = f"/lab/tree/{lesson.relative_to(COURSE).as_posix()}"
    # Ctrl-C and SIGTERM end the server and its kernels, without a question.
    settings = [f"--LabApp.default_url={address}", "--ServerApp.answer_yes=True"]
    # Nobody is asked for news or newer versions, and no question about them covers the page.
    never = "jupyterlab.handlers.announcements.NeverCheckForUpdate"
    settings += ["--LabApp.news_url=None", f"--LabApp.check_for_updates_class={never}"]
    # Whatever an old configuration says, the course is what is served.
    for owner in ("ServerApp", "FileContentsManager"):
        settings += [f"--{owner}.{folder}={COURSE}" for folder in ("root_dir", "preferred_dir")]
    settings += export.settings()
    try:
        webbrowser.get()
    except webbrowser.Error:
        settings.append("--no-browser")
        print(
            "這裡沒有瀏覽器：請把下面的網址貼到瀏覽器 · "
            "no browser here: paste the address below into one"
        )
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        settings.append("--allow-root")  # as in a container
    # Kernels take this folder's package, also where the environment was made for another folder,
    # and this Python, also where the user has a kernel of that name.
    paths = [str(COURSE), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ |= {"PYTHONPATH": os.pathsep.join(paths), "JUPYTER_PREFER_ENV_PATH": "1"}
    os.environ.pop("MPLBACKEND", None)  # figures go below their cells
    os.chdir(COURSE)
    try:
        LabApp.launch_instance(settings)
    finally:  # a request that was under way leaves a thread of the server waiting for ever
        for thread in threading.enumerate():
            if thread.name == "AnyIO worker thread":
                thread.stop()
    return 0


def trust(folder):
    """Sign the notebooks, as `jupyter trust` does: an instrument, and the language chosen, are
    there again when a lesson is opened anew while its kernel lives. Names those that are damaged.
    """
    with contextlib.suppress(OSError):  # nbformat 5.10 wants the folder of its signatures
        Path(jupyter_data_dir()).mkdir(parents=True, exist_ok=True)
    notary = NotebookNotary()
    for path in folder.rglob("*.ipynb"):
        try:
            notebook = nbformat.read(path, as_version=4)
        except Exception as error:  # nbformat, its validator and the disk raise many kinds
            print(f"壞了，打不開 · damaged, cannot be opened: {path} ({type(error).__name__})")
            continue
        with contextlib.suppress(OSError, sqlite3.Error):  # no room for a signature
            notary.sign(notebook)
