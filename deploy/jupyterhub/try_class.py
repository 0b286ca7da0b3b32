"""Rehearse a class: start the hub of try_config.py on this machine, and let students work in it.

    python try_class.py --students 20

Each student logs in through the hub's proxy, gets a server with the lessons, and runs every code
cell of a lesson in a kernel. One more moves a slider of latent_explorer() all the while, and
one has the machine to itself first, for comparison. It prints a table for README.md, and leaves
nothing behind. Exit status 1 if a student did not get through.
"""

import argparse
import contextlib
import importlib.util
import json
import os
import re
import secrets
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import defaultdict
from pathlib import Path
from urllib.parse import quote

import requests
import websocket
from links import COURSE, FOLDER, link

HERE = Path(__file__).parent
PASSWORD = secrets.token_urlsafe(12)
PATIENCE = 1800  # seconds until a server, a kernel or a cell counts as lost
PAUSE = 0.5  # seconds between two moves of the slider
SPARE = 500  # MB; with less than that left the rehearsal ends, before the system ends something
ROWS = (
    "做完 · finished",
    "斷掉的 kernel · kernels lost",
    "其他錯誤 · other failures",
    "從登入到拿到課程 · from login to the lessons (中位數 median … 最多 most)",
    "跑完這一課 · the whole lesson (中位數 median … 最多 most)",
    "滑桿的反應 · the slider answers after (中位數 median … 95 % … 最多 most)",
    "滑桿動了幾次 · moves of the slider",
    "一個學生的記憶體 · memory of a student, PSS (中位數 median … 最多 most)",
    "全部加起來最多 · all together at most, PSS",
    "一個伺服器最多 · a server at most, RSS",
    "一個 kernel 最多 · a kernel at most, RSS",
    "自己改的和老師改的都在 · own edits and the teacher's both there",
)
MODULES = ("jupyterhub", "jupyterhub_idle_culler", "nbgitpuller", "jupyterlab", "ipykernel")


class Lost(Exception):
    """A kernel or a server that is gone or no longer answers."""


class Failed(Exception):
    """A cell that raised an error, or a request that the hub refused."""


class Student:
    """One student's browser: everything goes through the hub's proxy."""

    def __init__(self, hub, name):
        self.hub, self.name, self.server = hub, name, f"{hub}/user/{name}"
        self.browser, self.channels = requests.Session(), None
        self.started = self.finished = None  # seconds: what waiting was

    def ask(self, method, address, **content):
        """Ask the hub or the student's server; returns what it answers, from JSON."""
        answer = self.browser.request(method, address, timeout=PATIENCE, **content)
        if not answer.ok:
            raise Failed(f"{method} {address}: {answer.status_code} {answer.text[:200]}")
        return answer.json() if "json" in answer.headers.get("content-type", "") else answer.text

    def log_in(self):
        """Log in as the form does, and get a token that serves as a cookie does in a browser."""
        self.ask("GET", f"{self.hub}/hub/login")
        xsrf = {"_xsrf": self.browser.cookies.get("_xsrf", path="/hub/")}
        form = {"username": self.name, "password": PASSWORD, **xsrf}
        self.browser.post(f"{self.hub}/hub/login", data=form, allow_redirects=False)
        xsrf = {"_xsrf": self.browser.cookies.get("_xsrf", path="/hub/")}
        token = self.ask("POST", f"{self.hub}/hub/api/users/{self.name}/tokens", params=xsrf)
        self.browser.cookies.clear()
        self.browser.headers["Authorization"] = f"token {token['token']}"

    def start_server(self):
        address = f"{self.hub}/hub/api/users/{self.name}"
        self.ask("POST", f"{address}/server")
        while not (server := self.ask("GET", address)["servers"].get("", {})).get("ready"):
            if not server:
                raise Lost("the server did not start")
            time.sleep(1)

    def stop_server(self):
        address = f"{self.hub}/hub/api/users/{self.name}"
        self.ask("DELETE", f"{address}/server")
        while self.ask("GET", address)["servers"]:
            time.sleep(0.2)

    def open_lesson(self, lesson):
        """Follow the link that the teacher gives out."""
        followed = link(self.hub, lesson)
        self.ask("GET", followed.replace("/hub/user-redirect/", f"/user/{self.name}/"))

    def contents(self, path):
        return f"{self.server}/api/contents/{FOLDER}/{quote(path)}"

    def open_kernel(self, lesson):
        """Start a kernel for the lesson, in its folder."""
        session = {"type": "notebook", "name": lesson, "kernel": {"name": "python3"}}
        session["path"] = f"{FOLDER}/notebooks/{lesson}"
        self.kernel = self.ask("POST", f"{self.server}/api/sessions", json=session)["kernel"]["id"]
        self.channels = websocket.create_connection(
            f"{self.server.replace('http', 'ws', 1)}/api/kernels/{self.kernel}/channels",
            header=[f"Authorization: {self.browser.headers['Authorization']}"],
            timeout=PATIENCE,
        )

    def send(self, kind, content):
        """Send a message to the kernel; returns what it answers until it is idle again."""
        number = uuid.uuid4().hex
        header = {"msg_id": number, "msg_type": kind, "session": self.name, "version": "5.3"}
        header |= {"username": self.name, "date": ""}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        self.channels.send(json.dumps(message | {"channel": "shell", "buffers": []}))
        answers = []
        while True:
            try:
                answer = json.loads(self.channels.recv())
            except (websocket.WebSocketException, ValueError, OSError) as error:
                raise Lost(f"kernel: {error}") from error
            state = answer["content"].get("execution_state")
            if state in ("dead", "restarting", "autorestarting"):
                raise Lost(f"kernel is {state}")
            if answer["parent_header"].get("msg_id") == number:
                answers.append(answer)
                if state == "idle":
                    return answers

    def execute(self, code):
        """Run code in the kernel; returns what it printed."""
        answers = self.send("execute_request", {"code": code, "silent": False})
        for answer in answers:
            if answer["msg_type"] == "error":
                raise Failed(f"{answer['content']['ename']}: {answer['content']['evalue']}")
        return "".join(answer["content"].get("text", "") for answer in answers)

    def come(self):
        """From the login page to the lessons."""
        begun = time.monotonic()
        self.log_in()
        self.start_server()
        self.open_lesson("00_start_here.ipynb")
        self.started = time.monotonic() - begun

    def do_lesson(self, lesson, report):
        """Run all code cells of the student's own copy; report(done, total) after each."""
        begun = time.monotonic()
        notebook = self.ask("GET", self.contents(f"notebooks/{lesson}"))["content"]
        cells = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
        self.open_kernel(lesson)
        for number, code in enumerate(cells, start=1):
            self.execute(code)
            report(number, len(cells))
        self.finished = time.monotonic() - begun

    def edit_and_come_again(self, teacher):
        """Edit a lesson's first cell as the teacher does, and get the teacher's other changes.

        True if the own edit is kept and the other changes are there.
        """
        path = self.contents("notebooks/00_start_here.ipynb")
        notebook = self.ask("GET", path)["content"]
        notebook["cells"][0]["source"] = "# mine"
        self.ask("PUT", path, json={"type": "notebook", "content": notebook})
        teacher()
        self.stop_server()
        self.start_server()
        cells = self.ask("GET", path)["content"]["cells"]
        return cells[0]["source"] == "# mine" and cells[-1]["source"] == "# teacher's"

    def open_explorer(self):
        """Open lesson 06's explorer; moves of its slider are messages, as from a browser."""
        self.open_kernel("06_latent_space.ipynb")
        self.execute("from gan_lesson.widgets.latent_explorer import latent_explorer")
        self.execute("explorer = latent_explorer()")
        self.slider = self.execute("print(explorer.directions[0].model_id)").strip()

    def move_slider(self, value):
        """Seconds until the explorer has drawn what the slider asks for."""
        begun = time.monotonic()
        state = {"method": "update", "state": {"value": value}, "buffer_paths": []}
        answers = self.send("comm_msg", {"comm_id": self.slider, "data": state})
        seconds = time.monotonic() - begun
        if not any("<img" in str(answer["content"]) for answer in answers):
            raise Failed("the slider moved, but nothing was drawn")
        return seconds

    def move_slider_until(self, enough):
        """Move it again and again, from one end to the other; seconds for each move."""
        waits = []
        while not enough():
            waits.append(self.move_slider(round(-3 + 0.1 * (len(waits) % 60), 1)))
            time.sleep(PAUSE)
        return waits


class Memory(threading.Thread):
    """What the processes at work in a hub's folder take, in MB, looked up every few seconds.

    PSS counts a page that many processes share as a share of each; RSS counts it in full for each.
    """

    def __init__(self, folder, every=5):
        super().__init__(daemon=True)
        self.folder, self.every, self.ended = folder, every, threading.Event()
        self.peaks = defaultdict(int)  # (student, "server" or "kernel", "Pss" or "Rss") -> MB
        self.shares = {}  # student -> PSS of server and kernel, at the moment the total was largest
        self.total, self.available = 0, float("inf")

    def run(self):
        while not self.ended.wait(self.every):
            self.look()

    def look(self):
        total, shares = 0, defaultdict(int)
        for process in at_work_in(self.folder):
            try:
                rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
                command = Path(f"/proc/{process}/cmdline").read_text()
                environment = Path(f"/proc/{process}/environ").read_text().split("\0")
            except OSError:
                continue  # it has just ended
            sizes = {name: int(size) / 1000 for name, size in re.findall(r"(\w+): +(\d+)", rollup)}
            total += sizes["Pss"]
            for entry in environment:
                if entry.startswith("JUPYTERHUB_USER="):
                    name = entry.partition("=")[2]
                    shares[name] += sizes["Pss"]
                    kind = "server" if "singleuser" in command else "kernel"
                    for size in ("Pss", "Rss"):
                        key = name, kind, size
                        self.peaks[key] = max(self.peaks[key], sizes[size])
        if total > self.total:
            self.total, self.shares = total, shares
        machine = Path("/proc/meminfo").read_text()
        self.available = int(re.search(r"MemAvailable: +(\d+)", machine)[1]) / 1000

    def end(self):
        self.ended.set()
        self.join()


def at_work_in(folder):
    """The processes whose working folder is the folder or lies in it."""
    found = []
    for working in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):  # it has just ended
            if working.readlink().is_relative_to(folder):
                found.append(int(working.parent.name))
    return found


@contextlib.contextmanager
def hub(folder, repository):
    """A hub in a folder of its own, on free ports of 127.0.0.1: its address."""
    public, inner, control = free_ports(3)
    address, log = f"http://127.0.0.1:{public}", folder / "hub.log"
    command = [
        sys.executable,
        "-m",
        "jupyterhub",
        f"--config={HERE / 'try_config.py'}",
        f"--JupyterHub.bind_url={address}",
        f"--JupyterHub.hub_bind_url=http://127.0.0.1:{inner}",
        f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{control}",
        f"--SimpleLocalProcessSpawner.home_dir_template={folder}/homes/{{username}}",
    ]
    with open(log, "w") as file:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=os.environ
            | {
                "PYTHONPATH": str(folder / "package"),
                "COURSE": f"file://{repository}",
                "GAN_CLASS_PASSWORD": PASSWORD,
            },
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is ours; the hub is told to end below
        )
    try:
        wait_for(address, process)
        yield address
    except (Lost, Failed) as error:
        print(log.read_text()[-3000:])
        sys.exit(f"排練不下去了 · the rehearsal cannot go on: {error}")
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(60)
        for one in at_work_in(folder):  # whatever the hub has not ended
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        process.wait()


def wait_for(address, process):
    """Wait until the hub answers."""
    while process.poll() is None:
        with contextlib.suppress(requests.ConnectionError):
            if requests.get(f"{address}/hub/health", timeout=10).ok:
                return
        time.sleep(0.2)
    raise Lost("JupyterHub 沒有啟動 · JupyterHub did not start")


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def git(folder, *words):
    command = ["git", "-c", "user.name=teacher", "-c", "user.email=teacher@example.org", *words]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def prepare(folder):
    """The committed course, as a repository to pull from and as an installed package."""
    repository = folder / "course.git"
    git(COURSE, "clone", "--quiet", "--no-hardlinks", str(COURSE), str(repository))
    git(repository, "checkout", "--quiet", "-B", "main")
    shutil.copytree(repository / "gan_lesson", folder / "package" / "gan_lesson")
    return repository


def teach(repository):
    """Change the first cell of lesson 00, and add one at its end."""
    path = repository / "notebooks" / "00_start_here.ipynb"
    notebook = json.loads(path.read_text("utf-8"))
    notebook["cells"][0]["source"] = ["# not mine"]
    addition = {"cell_type": "markdown", "id": "teacher", "metadata": {}, "source": ["# teacher's"]}
    notebook["cells"].append(addition)
    path.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", "utf-8")
    git(repository, "commit", "--quiet", "--all", "--message", "The teacher's change")


class Class:
    """Students who come and work at the same time, each in a thread."""

    def __init__(self, folder, students, lesson):
        self.students, self.lesson = students, lesson
        self.memory = Memory(folder)
        self.memory.start()
        self.begun, self.progress, self.troubles = time.monotonic(), {}, {}
        self.threads = [threading.Thread(target=self.work, args=[one]) for one in students]
        for thread in self.threads:
            thread.daemon = True
            thread.start()

    def work(self, student):
        def report(done, total):
            self.progress[student.name] = done / total

        with self.noting(student):
            student.come()
            student.do_lesson(self.lesson, report)

    @contextlib.contextmanager
    def noting(self, student):
        """Note what went wrong for a student; the others go on."""
        try:
            yield
        except (Lost, Failed, requests.RequestException, websocket.WebSocketException) as error:
            self.troubles[student.name] = error

    @property
    def over(self):
        return not any(thread.is_alive() for thread in self.threads)

    def say(self):
        done = sum(student.finished is not None for student in self.students)
        share = sum(self.progress.values()) / len(self.students)
        print(
            f"\r{time.monotonic() - self.begun:5.0f} s  {share:4.0%}  "
            f"做完 · finished {done}/{len(self.students)}  出錯 · failed {len(self.troubles)} ",
            end="" if sys.stdout.isatty() else "\n",
            flush=True,
        )

    def wait(self):
        every = 1 if sys.stdout.isatty() else 30  # seconds between two lines
        while not self.over:
            self.say()
            for thread in self.threads:
                thread.join(every / len(self.threads))
            if self.memory.available < SPARE:
                raise Lost("記憶體快用完了 · memory is running out")
        self.say()
        print()
        self.memory.end()
        for name, error in self.troubles.items():
            print(f"{name}: {type(error).__name__}: {error}")


def rehearse(count, lesson, folder):
    """Run the rehearsal; returns the table's rows, and whether everybody got through."""
    repository = prepare(folder)
    with hub(folder, repository) as site:
        print("一個學生 · one student:", lesson)
        alone = Class(folder, [Student(site, "alone")], lesson)
        alone.wait()
        if alone.troubles:
            raise Failed(alone.troubles["alone"])
        alone.students[0].stop_server()

        mover = Student(site, "slider")
        mover.come()
        kept = mover.edit_and_come_again(lambda: teach(repository))
        mover.open_explorer()
        until = time.monotonic() + 10
        waits_alone = mover.move_slider_until(lambda: time.monotonic() > until)

        print(f"{count} 個學生，一個拉滑桿 · {count} students, and one who moves a slider")
        students = [Student(site, f"student-{number:02}") for number in range(1, count + 1)]
        everyone = Class(folder, students, lesson)
        waits = []

        def move():
            with everyone.noting(mover):
                waits.extend(mover.move_slider_until(lambda: everyone.over))

        moving = threading.Thread(target=move, daemon=True)
        moving.start()
        everyone.wait()
        moving.join()

    lost = sum(isinstance(error, Lost) for error in everyone.troubles.values())
    finished = f"{sum(student.finished is not None for student in students)} / {count}"
    columns = [
        ("1 / 1", 0, 0, *figures(alone, waits_alone), ""),
        (finished, lost, len(everyone.troubles) - lost, *figures(everyone, waits), "✗✓"[kept]),
    ]
    return list(zip(ROWS, *columns, strict=True)), kept and not everyone.troubles


def figures(people, waits):
    """What a class was like, for the columns of the table."""
    memory, names = people.memory, [student.name for student in people.students]
    started = [student.started for student in people.students if student.started]
    finished = [student.finished for student in people.students if student.finished]
    shares = [memory.shares.get(name, 0) for name in names]
    most = {
        kind: max(memory.peaks.get((name, kind, "Rss"), 0) for name in names)
        for kind in ("server", "kernel")
    }
    return (
        middle_and_most(started, "s"),
        middle_and_most(finished, "s"),
        middle_high_and_most(waits),
        len(waits),
        middle_and_most(shares, "MB"),
        f"{memory.total / 1000:.1f} GB",
        f"{most['server']:.0f} MB",
        f"{most['kernel']:.0f} MB",
    )


def middle_and_most(values, unit):
    if not values:
        return "-"
    return f"{statistics.median(values):.0f} … {max(values):.0f} {unit}"


def middle_high_and_most(waits):
    if not waits:
        return "-"
    waits = sorted(1000 * wait for wait in waits)
    middle, high, most = (waits[round(share * (len(waits) - 1))] for share in (0.5, 0.95, 1))
    return f"{middle:.0f} … {high:.0f} … {most:.0f} ms"


def requirements():
    """Say which command installs what is missing."""
    missing = [name for name in MODULES if importlib.util.find_spec(name) is None]
    if missing:
        sys.exit(
            f"缺少 · missing: {', '.join(missing)}. 請執行 · run: {sys.executable} -m pip install "
            ". jupyterhub jupyterhub-idle-culler nbgitpuller"
        )
    if not shutil.which("configurable-http-proxy"):
        sys.exit(
            "缺少 · missing: configurable-http-proxy. 請執行 · run: "
            "npm install --global configurable-http-proxy"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=20)
    parser.add_argument("--lesson", default="05", help="the number of a lesson")
    options = parser.parse_args()
    requirements()
    lessons = [path.name for path in (COURSE / "notebooks").glob(f"{options.lesson}_*.ipynb")]
    if options.students < 1 or len(lessons) != 1:
        parser.error("學生至少一個，課程要存在 · at least one student, and a lesson that exists")

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # clean up then, too
    with tempfile.TemporaryDirectory(prefix="gan-class-") as folder:
        try:
            rows, good = rehearse(options.students, lessons[0], Path(folder).resolve())
        except KeyboardInterrupt:
            sys.exit("\n停下，全部收拾好了 · stopped, and everything cleared away")
    print(f"| {lessons[0]} | 一個學生 · one student | {options.students} 個 · {options.students} |")
    print("| --- | --- | --- |")
    for row in rows:
        print("|", " | ".join(map(str, row)), "|")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
