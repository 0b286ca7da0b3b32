"""A hub for a class on one machine: students are users of the system, systemd limits each of them.

Start it as root with the environment that README.md makes. Limits and times stand in values.yaml,
which Kubernetes reads too. For trying without students and systemd there is try_config.py.
"""

import pwd
import sys
from pathlib import Path

import yaml

c = get_config()  # noqa: F821 - JupyterHub gives it
values = yaml.safe_load((Path(__file__).parent / "values.yaml").read_text("utf-8"))
student = values["singleuser"]
programs = Path(sys.executable).parent  # of the environment that all share

# Browsers come by way of a web server with a certificate, on this machine: passwords travel.
c.JupyterHub.bind_url = "http://127.0.0.1:8000"

# Whoever belongs to the system's group "students" logs in with the password of the system (PAM).
c.JupyterHub.authenticator_class = "pam"
c.PAMAuthenticator.allowed_groups = {"students"}

# A server for each student, under the student's own name. Only systemd can enforce the limits.
if Path("/run/systemd/system").is_dir():
    c.JupyterHub.spawner_class = "systemd"
    c.SystemdSpawner.isolate_tmp = True
    c.SystemdSpawner.extra_paths = [str(programs)]
    c.SystemdSpawner.unit_extra_properties = {"UMask": "0077"}
else:
    print("沒有 systemd：沒有人會執行上限 · no systemd here: nobody enforces the limits")
    c.JupyterHub.spawner_class = "localprocess"
c.Spawner.mem_limit = student["memory"]["limit"]
c.Spawner.cpu_limit = student["cpu"]["limit"]
c.Spawner.environment = student["extraEnv"]
c.Spawner.default_url = student["defaultUrl"]
c.Spawner.start_timeout = student["startTimeout"]
c.Spawner.http_timeout = values["hub"]["config"]["Spawner"]["http_timeout"]
c.Spawner.args = values["hub"]["config"]["Spawner"]["args"]
c.Spawner.cmd = [str(programs / "jupyterhub-singleuser")]


def keep_private(spawner):
    """Close the student's home to the other students."""
    Path(pwd.getpwnam(spawner.user.name).pw_dir).chmod(0o700)


c.Spawner.pre_spawn_hook = keep_private

# Servers that nobody uses end; the files stay.
c.JupyterHub.services = [
    {
        "name": "idle-culler",
        "command": [
            sys.executable,
            "-m",
            "jupyterhub_idle_culler",
            f"--timeout={values['cull']['timeout']}",
            f"--cull-every={values['cull']['every']}",
        ],
    }
]
c.JupyterHub.load_roles = [
    {
        "name": "idle-culler",
        "services": ["idle-culler"],
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
    }
]
