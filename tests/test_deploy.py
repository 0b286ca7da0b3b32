"""A class on one server: what the hub's files say, and a small class where JupyterHub is found."""

import contextlib
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import types
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
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


# What the hub for one machine asks of the machine.
MACHINE = {
    "/run/systemd/system": None,
    "/etc/pam.d/gan-class": None,
    "/sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory pids\n",
    "/proc/sys/net/ipv4/ip_unprivileged_port_start": "1024\n",
}


def deployed(folder, address="https://hub.class.test"):
    """The files of a class whose teacher has put in the school's addresses."""
    copy = Path(shutil.copytree(DEPLOY, folder / "jupyterhub", dirs_exist_ok=True))
    text = (copy / "values.yaml").read_text("utf-8").replace("https://hub.example.org", address)
    (copy / "values.yaml").write_text(text.replace("example.org", "class.test"), "utf-8")
    return copy


@pytest.fixture
def config(tmp_path, monkeypatch):
    """Read jupyterhub_config.py as on a machine where all is there, or not all."""

    def read(files=MACHINE, user=0, folder=None):
        real_exists, real_text = os.path.exists, Path.read_text
        monkeypatch.setattr(os, "geteuid", lambda: user)
        monkeypatch.setattr(
            os.path, "exists", lambda p: p in files if p in MACHINE else real_exists(p)
        )
        monkeypatch.setattr(
            Path, "read_text", lambda self, *a: files.get(str(self)) or real_text(self, *a)
        )
        folder = folder or deployed(tmp_path)
        return PyFileConfigLoader("jupyterhub_config.py", path=str(folder)).load_config()

    return read


def size(text):
    """Bytes, of "768M" or "2G"."""
    return int(text[:-1]) * {"M": 10**6, "G": 10**9}[text[-1]]


def test_one_machine_and_kubernetes_have_the_same_limits_and_times(config):
    c, student, cull = config(), values()["singleuser"], values()["cull"]
    assert c.Spawner.mem_limit == student["memory"]["limit"]
    assert c.Spawner.cpu_limit == student["cpu"]["limit"]
    assert c.Spawner.environment["OMP_NUM_THREADS"] == "1"
    assert c.Spawner.environment["COURSE"] == "https://git.class.test/gan-lessons.git"
    assert c.Spawner.cmd == student["cmd"]
    assert dict(c.Spawner).items() >= values()["hub"]["config"]["Spawner"].items()
    assert f"--timeout={cull['timeout']}" in c.JupyterHub.services[0]["command"]


def test_limits_are_what_kubernetes_takes():
    student = values()["singleuser"]
    assert size(student["memory"]["guarantee"]) < size(student["memory"]["limit"])
    assert student["cpu"]["guarantee"] < student["cpu"]["limit"]
    assert all(isinstance(value, str) for value in student["extraEnv"].values())  # no numbers


def test_nobody_comes_in_unasked(config):
    c, settings = config(), values()["hub"]["config"]
    assert c.JupyterHub.authenticator_class == "pam"
    assert c.PAMAuthenticator.allowed_groups == {"students"}
    assert settings["JupyterHub"]["authenticator_class"] == "native"
    assert values()["proxy"]["https"]["enabled"] is True


def test_no_student_can_take_a_port_of_the_hub(config):
    c = config()
    for address in (
        c.JupyterHub.bind_url,
        c.JupyterHub.hub_bind_url,
        c.ConfigurableHTTPProxy.api_url,
    ):
        assert urlsplit(address).hostname == "127.0.0.1"
        assert urlsplit(address).port < 1024


@pytest.mark.parametrize(
    ("machine", "told"),
    [
        ({"user": 1000}, "以 root 執行"),
        (
            {"files": MACHINE | {"/sys/fs/cgroup/cgroup.controllers": "cpu pids"}},
            "沒有人會執行上限",
        ),
        ({"files": {"/etc/pam.d/gan-class": None}}, "沒有人會執行上限"),
        (
            {"files": MACHINE | {"/proc/sys/net/ipv4/ip_unprivileged_port_start": "0"}},
            "誰都能占用 1024 以下的埠",
        ),
        ({"files": {"/run/systemd/system": None}}, "缺 /etc/pam.d/gan-class"),
        ({"folder": DEPLOY}, "先改 values.yaml"),
    ],
)
def test_the_hub_does_not_start_where_students_would_not_be_kept_apart(config, machine, told):
    with pytest.raises(SystemExit, match=told):
        config(**machine)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_knows_every_setting_of_the_service_and_of_a_student(config, tmp_path):
    service = tmp_path / "gan-class.service"
    text = (DEPLOY / "gan-class.service").read_text("utf-8")
    service.write_text(re.sub("(?m)^ExecStart=.*", "ExecStart=/bin/true", text), "utf-8")
    student = tmp_path / "student.service"
    settings = config().SystemdSpawner.unit_extra_properties.items()
    student.write_text(
        "\n".join(["[Service]", "ExecStart=/bin/true", *(f"{name}={of}" for name, of in settings)])
    )
    told = subprocess.run(
        ["systemd-analyze", "verify", service, student], capture_output=True, text=True
    )
    assert (told.returncode, told.stderr) == (0, "")
    # 0 is the safest; the service without these settings is at 9.6.
    exposed = ["systemd-analyze", "security", "--offline=true", "--threshold=30", service]
    assert subprocess.run(exposed, capture_output=True).returncode == 0


def test_the_culler_may_end_servers_and_nothing_else_changes(config):
    [role] = config().JupyterHub.load_roles
    assert role["services"] == [service["name"] for service in config().JupyterHub.services]
    assert [scope for scope in role["scopes"] if not scope.startswith(("list:", "read:"))] == [
        "delete:servers"
    ]


def test_a_home_is_closed_to_other_students(config, tmp_path, monkeypatch):
    tmp_path.chmod(0o755)
    monkeypatch.setattr("pwd.getpwnam", lambda name: types.SimpleNamespace(pw_dir=tmp_path))
    spawner = types.SimpleNamespace(user=types.SimpleNamespace(name="wang"))
    config().Spawner.pre_spawn_hook(spawner)
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_every_lesson_has_a_link(capsys):
    links.main(["https://hub.example.org/"])
    lessons = sorted((links.COURSE / "notebooks").glob("[0-9]*.ipynb"))
    assert capsys.readouterr().out.splitlines() == [
        f"https://hub.example.org/hub/user-redirect/lab/tree/gan-lessons/notebooks/{lesson.name}"
        for lesson in lessons
    ]
    with pytest.raises(SystemExit, match="用法 · usage"):
        links.main([])


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
def test_the_hub_for_trying_stays_on_this_machine(tmp_path, address):
    hub = [sys.executable, "-m", "jupyterhub", f"--config={DEPLOY / 'try_config.py'}", address]
    command = ["timeout", "60", *hub]  # which would let the hub end its proxy
    tried = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert tried.returncode == 1
    assert "這個 JupyterHub 只供試用，只能開在 127.0.0.1" in tried.stderr
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


class Browser(requests.Session):
    """Someone at the hub's pages, who may be nobody yet."""

    def __init__(self, hub):
        super().__init__()
        self.hub = hub

    def send_form(self, page, **fields):
        """Fill in a page's form and send it; returns the answer, redirections not followed."""
        self.get(f"{self.hub}/hub/{page}")
        fields["_xsrf"] = self.cookies.get("_xsrf", path="/hub/")
        return self.post(f"{self.hub}/hub/{page}", data=fields, allow_redirects=False)

    def log_in(self, name, password):
        """Whether the hub lets them in."""
        return self.send_form("login", username=name, password=password).status_code == 302

    def sign_up(self, name, password):
        told = self.send_form(
            "signup", username=name, signup_password=password, signup_password_confirmation=password
        )
        return "sent to the admin" in told.text

    def start_server(self, name):
        xsrf = {"_xsrf": self.cookies.get("_xsrf", path="/hub/")}
        address = f"{self.hub}/hub/api/users/{name}"
        assert self.post(f"{address}/server", params=xsrf).ok
        while not self.get(address).json()["servers"][""]["ready"]:
            time.sleep(0.2)


@contextlib.contextmanager
def serving(folder, address, *command):
    """A hub at work in a folder."""
    with open(folder / "hub.log", "w") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
    try:
        try_class.wait_for(address, process)
        yield
    except BaseException:
        print((folder / "hub.log").read_text()[-5000:])
        raise
    finally:
        process.terminate()
        process.wait(60)
        for one in try_class.at_work_in(folder):
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)


@needs_hub
@needs_proxy
def test_only_whoever_knows_the_password_gets_in_and_only_the_course_comes(tmp_path):
    home = tmp_path / "homes" / "wang"
    for name in ("python3", "old"):  # kernels of a student from another course
        folder = home / ".local" / "share" / "jupyter" / "kernels" / name
        folder.mkdir(parents=True)
        spec = {"argv": ["/bin/false"], "display_name": name, "language": "python"}
        (folder / "kernel.json").write_text(json.dumps(spec))
    (home / ".jupyter").mkdir()
    (home / ".jupyter" / "jupyter_server_config.py").write_text("c.ServerApp.root_dir = '/tmp'")
    repository = try_class.prepare(tmp_path)
    with try_class.hub(tmp_path, repository) as site:
        assert not Browser(site).log_in("wang", "")
        assert not Browser(site).log_in("wang", "wrong")
        wang = try_class.Student(site, "wang")
        wang.come()
        for target in (tmp_path / "anywhere", ".ipython/profile_default/startup"):
            link = {"repo": f"file://{repository}", "branch": "main", "targetpath": target}
            answer = wang.browser.get(f"{wang.server}/git-pull/api", params=link)
            assert answer.status_code == 404
            assert not (home / target).exists()
        assert set(wang.ask("GET", f"{wang.server}/api/kernelspecs")["kernelspecs"]) == {"python3"}
        wang.open_kernel("00_start_here.ipynb")
        assert wang.execute("import sys; print(sys.prefix)").strip() == sys.prefix


# NativeAuthenticator 1.3 does not run with JupyterHub 6 yet, so it has an environment of its own.
NATIVE = Path(sys.prefix) / "native" / "bin" / "python"
KUBERNETES = """
import yaml
values = yaml.safe_load(open({values!r}))["hub"]
c = get_config()
for name, settings in values["config"].items():
    c[name].update(settings)
c.JupyterHub.load_roles = [dict(name=name, **of) for name, of in values["loadRoles"].items()]
c.JupyterHub.subdomain_host = ""
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.bind_url, c.JupyterHub.hub_bind_url, c.ConfigurableHTTPProxy.api_url = {addresses}
"""


@needs_proxy
@pytest.mark.skipif(not NATIVE.exists(), reason="NativeAuthenticator is not installed")
def test_who_signs_up_as_the_teacher_is_nobody(tmp_path):
    addresses = [f"http://127.0.0.1:{port}" for port in try_class.free_ports(3)]
    file = tmp_path / "native_config.py"
    file.write_text(KUBERNETES.format(values=str(DEPLOY / "values.yaml"), addresses=addresses))
    hub = [NATIVE, "-m", "jupyterhub", f"--config={file}"]
    with serving(tmp_path, addresses[0], *hub):
        teacher, wang, lin = (Browser(addresses[0]) for _ in range(3))
        assert not wang.sign_up("wang", "9-letters")
        assert not wang.sign_up("wang", "1234567890")  # too common
        assert wang.sign_up("wang", "wang's password")
        assert not wang.log_in("wang", "wang's password")
        assert teacher.sign_up("teacher", "the teacher's")
        assert not teacher.log_in("teacher", "the teacher's")
        assert not lin.sign_up("Teacher", "lin's password")  # taken

        # The command of README.md, with which whoever owns the cluster lets the teacher in
        text = (DEPLOY / "README.md").read_text("utf-8")
        [program] = re.findall(r'python3 -c \\\n    "(.*)"\n', text)
        subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
        assert teacher.log_in("teacher", "the teacher's")
        assert teacher.get(f"{addresses[0]}/hub/authorize/wang").ok
        assert wang.log_in("wang", "wang's password")
        assert wang.get(f"{addresses[0]}/hub/authorize").status_code == 403
        assert teacher.get(f"{addresses[0]}/user/wang/").status_code != 200

        assert not any(lin.log_in("wang", "wrong") for _ in range(5))
        assert not lin.log_in("wang", "wang's password")  # for ten minutes


def a_school(folder):
    """Students of a machine of its own, with no other network: what they can and cannot do."""
    assert os.readlink("/proc/self/ns/mnt") != os.readlink(f"/proc/{os.getppid()}/ns/mnt")
    folder, name = Path(folder), "hub.class.test"
    shutil.copytree("/etc", folder / "etc", symlinks=True)
    mounts = [["--bind", folder / "etc", "/etc"]]
    mounts += [["-t", "tmpfs", "tmpfs", place] for place in ("/run", "/home", "/sys/fs/cgroup")]
    for mount in mounts:
        subprocess.run(["mount", *mount], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    os.makedirs("/run/systemd/system")
    Path("/sys/fs/cgroup/cgroup.controllers").write_text("cpu memory pids")
    shutil.copy(DEPLOY / "gan-class.pam", "/etc/pam.d/gan-class")
    people = {"wang": 5001, "lin": 5002, "chen": 5003, "guest": 5004}
    for file, line in [
        ("hosts", f"127.0.0.1 {name} wang.{name} lin.{name}"),
        ("group", "students:x:5000:root,wang,lin,chen"),
        *[("passwd", f"{one}:x:{of}:{of}::/home/{one}:/bin/bash") for one, of in people.items()],
        *[("shadow", f"{one}::19000::::::") for one in people],
    ]:
        with open(f"/etc/{file}", "a") as end:
            end.write(line + "\n")
    for one, number in people.items():
        Path("/home", one).mkdir()
        os.chown(f"/home/{one}", number, number)
    words = "".join(f"{one}:{one}'s password\n" for one in ("root", "wang", "chen", "guest"))
    subprocess.run(["chpasswd"], input=words, text=True, check=True)

    site = f"http://{name}:800"
    copy = deployed(folder, site)
    service = (DEPLOY / "gan-class.service").read_text("utf-8")
    allowed = re.search("(?m)^CapabilityBoundingSet=(.*)", service)[1].lower().split()
    capabilities = ",".join(["-all", *(one.replace("cap_", "+") for one in allowed)])
    hub = [
        *("setpriv", f"--bounding-set={capabilities}", "--no-new-privs"),
        *(sys.executable, "-m", "jupyterhub", f"--config={copy / 'jupyterhub_config.py'}"),
        "--JupyterHub.spawner_class=simple",  # in place of systemd, which nobody has started here
        "--SimpleLocalProcessSpawner.home_dir_template=/home/{username}",
        "--Spawner.args=--allow-root",
    ]
    with serving(folder, site, *hub):
        wang, lin = Browser(site), Browser(site)
        assert not wang.log_in("root", "root's password")  # in the group, but of the system
        assert not wang.log_in("guest", "guest's password")  # not in the group
        assert not wang.log_in("lin", "")  # no password yet
        assert not any(wang.log_in("chen", "wrong") for _ in range(5))
        assert not lin.log_in("chen", "chen's password")  # for ten minutes
        subprocess.run(["faillock", "--user", "chen", "--reset"], check=True)
        assert lin.log_in("chen", "chen's password")
        assert wang.log_in("wang", "wang's password")

        taken = "import socket; socket.create_server(('127.0.0.1', 803))"
        student = ["setpriv", "--reuid=5001", "--clear-groups", "python3", "-c", taken]
        assert "Permission denied" in subprocess.run(student, capture_output=True, text=True).stderr

        wang.start_server("wang")
        page = f"http://wang.{name}:800/user/wang/lab"
        assert wang.get(page).ok
        assert lin.get(page).status_code == 403
        elsewhere = wang.get(page.replace("wang.", "", 1), allow_redirects=False)
        assert elsewhere.status_code != 200  # the hub's own origin serves no student's page
        assert oct(os.stat("/home/wang").st_mode)[-3:] == "700"


@needs_hub
@needs_proxy
@pytest.mark.skipif(
    subprocess.run(["unshare", "--mount", "--net", "true"], capture_output=True).returncode != 0,
    reason="needs root and unshare",
)
def test_a_school_lets_in_its_students_and_keeps_them_apart(tmp_path):
    program = f"import test_deploy; test_deploy.a_school({str(tmp_path)!r})"
    tried = subprocess.run(
        ["unshare", "--mount", "--net", sys.executable, "-c", program],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert tried.returncode == 0, tried.stdout + tried.stderr
