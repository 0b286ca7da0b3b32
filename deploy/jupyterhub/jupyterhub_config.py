"""A hub for a class on one machine: students are users of the system, systemd limits each of them.

README.md says how to set it up; it starts only where what keeps students apart is really there.
For trying without students and systemd there is try_config.py.
"""

import os
import pwd
import sys
from pathlib import Path

import yaml

c = get_config()  # noqa: F821 - JupyterHub gives it
load_subconfig("shared_config.py", path=Path(__file__).parent)  # noqa: F821 - so does it this
values = yaml.safe_load((Path(__file__).parent / "values.yaml").read_text("utf-8"))

# Browsers come by way of a web server with a certificate, on this machine: passwords travel. No
# student can take these ports while the hub restarts: those below 1024 are root's.
c.JupyterHub.bind_url = "http://127.0.0.1:800"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:801"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:802"
# Each student's pages have an origin of their own, so that they can't act for another one.
c.JupyterHub.subdomain_host = values["hub"]["config"]["JupyterHub"]["subdomain_host"]

# Whoever belongs to the system's group "students" logs in with the password of the system (PAM).
# gan-class.pam counts wrong passwords, and lets in nobody else, whatever is set here.
c.JupyterHub.authenticator_class = "pam"
c.PAMAuthenticator.service = "gan-class"
c.PAMAuthenticator.allowed_groups = {"students"}

# A server for each student, under the student's own name, in a unit of systemd.
c.JupyterHub.spawner_class = "systemd"
c.SystemdSpawner.readonly_paths = ["/", "-/run/lock"]
c.SystemdSpawner.readwrite_paths = ["/home/{USERNAME}"]
c.SystemdSpawner.unit_extra_properties = {
    "UMask": "0077",
    "MemorySwapMax": "0",  # or the limit of memory would be one of memory without swap
    "TasksMax": "512",  # processes and threads
    "LimitCORE": "0",
    "ProtectProc": "invisible",
    # A /tmp of their own, in memory, which the limit of memory counts.
    "TemporaryFileSystem": "/tmp:mode=1777 /var/tmp:mode=1777 /dev/shm:mode=1777",
}


def keep_private(spawner):
    """Close the student's home to the other students."""
    Path(pwd.getpwnam(spawner.user.name).pw_dir).chmod(0o700)


c.Spawner.pre_spawn_hook = keep_private


def read(path):
    """What a file of the kernel says; nothing where there is none."""
    return Path(path).read_text() if os.path.exists(path) else ""


unmet = [
    told
    for met, told in [
        (os.geteuid() == 0, "要以 root 執行 · run it as root"),
        (
            os.path.exists("/run/systemd/system")
            and {"cpu", "memory", "pids"} <= set(read("/sys/fs/cgroup/cgroup.controllers").split()),
            "沒有 systemd 和 cgroup v2，沒有人會執行上限 · "
            "no systemd with cgroup v2 here: nobody would enforce the limits",
        ),
        (
            int(read("/proc/sys/net/ipv4/ip_unprivileged_port_start") or 0) > 802,
            "這裡誰都能占用 1024 以下的埠 · anyone may take a port below 1024 here",
        ),
        (
            os.path.exists("/etc/pam.d/gan-class"),
            "缺 /etc/pam.d/gan-class，密碼可以一直猜 · "
            "/etc/pam.d/gan-class is missing: passwords could be guessed for ever",
        ),
        (
            "example.org"
            not in f"{c.JupyterHub.subdomain_host} {values['singleuser']['extraEnv']}",
            "先改 values.yaml 裡的 example.org · first change example.org in values.yaml",
        ),
    ]
    if not met
]
if unmet:
    sys.exit("\n- ".join(["JupyterHub 不啟動 · JupyterHub does not start:", *unmet]))
