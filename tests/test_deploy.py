"""A class on one server: what the hub's files say, and a small class where JupyterHub is found."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
import types
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from traitlets.config.loader import PyFileConfigLoader

DEPLOY = Path(__file__).parent.parent / "deploy" / "jupyterhub"
sys.path.insert(0, str(DEPLOY))

import links  # noqa: E402
import try_class  # noqa: E402

needs_hub = pytest.mark.skipif(
    not importlib.util.find_spec("jupyterhub"), reason="JupyterHub is not installed"
)
needs_proxy = pytest.mark.skipif(
    not shutil.which("configurable-http-proxy"), reason="JupyterHub's proxy is not installed"
)
REHEARSAL = [sys.executable, str(DEPLOY / "try_class.py"), "--students", "1", "--lesson", "03"]


def values():
    return yaml.safe_load((DEPLOY / "values.yaml").read_text("utf-8"))


def config():
    return PyFileConfigLoader("jupyterhub_config.py", path=str(DEPLOY)).load_config()


def size(text):
    """Bytes, of "768M" or "2G"."""
    return int(text[:-1]) * {"M": 10**6, "G": 10**9}[text[-1]]


def test_one_machine_and_kubernetes_have_the_same_limits_and_times():
    c, student, cull = config(), values()["singleuser"], values()["cull"]
    assert c.Spawner.mem_limit == student["memory"]["limit"]
    assert c.Spawner.cpu_limit == student["cpu"]["limit"]
    assert c.Spawner.environment == student["extraEnv"]
    assert c.Spawner.args == values()["hub"]["config"]["Spawner"]["args"]
    assert f"--timeout={cull['timeout']}" in c.JupyterHub.services[0]["command"]


def test_limits_are_what_kubernetes_takes():
    student = values()["singleuser"]
    assert size(student["memory"]["guarantee"]) < size(student["memory"]["limit"])
    assert student["cpu"]["guarantee"] < student["cpu"]["limit"]
    assert student["extraEnv"] == {"OMP_NUM_THREADS": "1"}  # not the number 1: refused there


def test_nobody_comes_in_unasked():
    assert config().JupyterHub.authenticator_class == "pam"
    assert config().PAMAuthenticator.allowed_groups == {"students"}
    assert urlsplit(config().JupyterHub.bind_url).hostname == "127.0.0.1"
    assert values()["hub"]["config"]["JupyterHub"]["authenticator_class"] == "native"
    assert values()["proxy"]["https"]["enabled"] is True


def test_the_culler_may_end_servers_and_nothing_else_changes():
    [role] = config().JupyterHub.load_roles
    assert role["services"] == [service["name"] for service in config().JupyterHub.services]
    assert [scope for scope in role["scopes"] if not scope.startswith(("list:", "read:"))] == [
        "delete:servers"
    ]


def test_a_home_is_closed_to_other_students(tmp_path, monkeypatch):
    tmp_path.chmod(0o755)
    monkeypatch.setattr("pwd.getpwnam", lambda name: types.SimpleNamespace(pw_dir=tmp_path))
    spawner = types.SimpleNamespace(user=types.SimpleNamespace(name="wang"))
    config().Spawner.pre_spawn_hook(spawner)
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_a_link_says_what_nbgitpuller_reads():
    link = urlsplit(
        links.link("https://hub.example.org/", "https://git.example.org/a.git", "05 x.ipynb", "b")
    )
    assert link.netloc + link.path == "hub.example.org/hub/user-redirect/git-pull"
    assert parse_qs(link.query) == {
        "repo": ["https://git.example.org/a.git"],
        "branch": ["b"],
        "targetPath": ["gan-lessons"],
        "urlpath": ["lab/tree/gan-lessons/notebooks/05 x.ipynb"],
    }


def test_every_lesson_has_a_link(capsys):
    links.main(["https://hub.example.org", "https://git.example.org/a.git"])
    lines = capsys.readouterr().out.splitlines()
    lessons = sorted((links.COURSE / "notebooks").glob("[0-9]*.ipynb"))
    assert [line.rpartition("%2F")[2] for line in lines] == [lesson.name for lesson in lessons]
    with pytest.raises(SystemExit, match="用法 · usage"):
        links.main(["https://hub.example.org"])


@pytest.mark.parametrize("module", try_class.MODULES)
def test_a_missing_module_is_named_with_the_command(module, monkeypatch):
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == module else "found"
    )
    with pytest.raises(SystemExit, match=rf"缺少 · missing: {module}\..* -m pip install"):
        try_class.requirements()


def test_a_missing_proxy_is_named_with_the_command(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: "found")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(SystemExit, match="npm install --global configurable-http-proxy"):
        try_class.requirements()


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="needs Linux's /proc")
def test_memory_is_counted_for_the_student_whose_process_it_is(tmp_path):
    program = "import time; filled = b'x' * 60_000_000; print(flush=True); time.sleep(60)"
    environment = os.environ | {"JUPYTERHUB_USER": "wang"}
    child = subprocess.Popen(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, stdout=subprocess.PIPE
    )
    try:
        child.stdout.readline()
        memory = try_class.Memory(tmp_path)
        memory.look()
    finally:
        child.kill()
        child.communicate()
    assert 60 < memory.peaks["wang", "kernel", "Pss"] < 120
    assert memory.total == memory.shares["wang"] > 60


@needs_hub
@pytest.mark.parametrize(
    "address",
    [
        "--JupyterHub.bind_url=http://0.0.0.0:1",
        "--JupyterHub.bind_url=http://:1",
        "--JupyterHub.bind_url=http://[::]:1",
        "--JupyterHub.hub_bind_url=http://0.0.0.0:1",
        "--JupyterHub.hub_ip=0.0.0.0",
    ],
)
def test_the_hub_without_passwords_stays_on_this_machine(tmp_path, address):
    hub = [sys.executable, "-m", "jupyterhub", f"--config={DEPLOY / 'try_config.py'}", address]
    command = ["timeout", "60", *hub]  # which would let the hub end its proxy
    tried = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert tried.returncode == 1
    assert "這個 JupyterHub 不問密碼，只能開在 127.0.0.1" in tried.stderr
    assert "Traceback" not in tried.stderr


@needs_hub
@needs_proxy
def test_a_class_of_one_runs_a_lesson_through_the_hub(tmp_path):
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    tried = subprocess.run(REHEARSAL, env=environment, capture_output=True, text=True)
    assert tried.returncode == 0, tried.stdout + tried.stderr
    assert "| 1 / 1 | 1 / 1 |" in tried.stdout
    assert not list(tmp_path.iterdir())


@needs_hub
@needs_proxy
def test_stopping_it_leaves_nothing_behind(tmp_path):
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    tried = subprocess.Popen(
        REHEARSAL, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while not list(tmp_path.glob("gan-class-*/homes/*/gan-lessons")):  # a student is at work
        assert tried.poll() is None
        time.sleep(0.2)
    [folder] = tmp_path.iterdir()
    assert try_class.at_work_in(folder)
    tried.send_signal(signal.SIGINT)  # Ctrl-C
    _, complaint = tried.communicate(timeout=90)
    assert complaint == "\n停下，全部收拾好了 · stopped, and everything cleared away\n"
    assert not try_class.at_work_in(folder)
    assert not list(tmp_path.iterdir())
