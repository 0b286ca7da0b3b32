"""What both hubs share: a student's server, and who ends it when nobody uses it.

Limits, times and the course's repository stand in values.yaml, which Kubernetes reads too.
"""

import os
import sys
from pathlib import Path

import yaml

c = get_config()  # noqa: F821 - JupyterHub gives it
values = yaml.safe_load((Path(__file__).parent / "values.yaml").read_text("utf-8"))
student = values["singleuser"]
programs = Path(sys.executable).parent  # of the environment that all share

c.Spawner.mem_limit = student["memory"]["limit"]
c.Spawner.cpu_limit = student["cpu"]["limit"]
c.Spawner.environment = student["extraEnv"] | {"PATH": f"{programs}:{os.environ['PATH']}"}
c.Spawner.default_url = student["defaultUrl"]
c.Spawner.start_timeout = student["startTimeout"]
c.Spawner.cmd = student["cmd"]
c.Spawner.update(values["hub"]["config"]["Spawner"])

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
