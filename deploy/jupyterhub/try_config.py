"""A hub for trying out: any name, one password, no users of the system, no systemd.

It lets in this machine only. All students are the same user of the system, so nothing hides their
folders, in ~/gan-class, from one another, and nobody enforces the limits.
"""

import os
import secrets
import sys
from pathlib import Path
from urllib.parse import urlsplit

from jupyterhub.authenticators.shared import SharedPasswordAuthenticator

HERE = Path(__file__).parent
c = get_config()  # noqa: F821 - JupyterHub gives it
load_subconfig("shared_config.py", path=HERE)  # noqa: F821 - so does it this


class LoopbackAuthenticator(SharedPasswordAuthenticator):
    """End the hub if another machine could reach it."""

    def __init__(self, **settings):
        super().__init__(**settings)
        hub = self.parent
        for address in (hub.bind_url, hub.hub_bind_url or f"//{hub.hub_ip}"):
            if urlsplit(address).hostname != "127.0.0.1":
                sys.exit(
                    f"這個 JupyterHub 只供試用，只能開在 127.0.0.1，不能開在 {address} · "
                    f"this hub is for trying: only on 127.0.0.1, not on {address}"
                )


# Who knows the password acts as you, so other users of this machine must not. Not from the command
# line, which they can read.
password = os.environ.get("GAN_CLASS_PASSWORD")
if not password:
    password = secrets.token_urlsafe(12)
    print("密碼 · password:", password, flush=True)
c.JupyterHub.bind_url = "http://127.0.0.1:8000"
c.JupyterHub.authenticator_class = LoopbackAuthenticator
c.SharedPasswordAuthenticator.user_password = password
c.Authenticator.allow_all = True
c.Authenticator.username_pattern = "[a-z][a-z0-9-]*"  # names of folders

c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(Path.home() / "gan-class" / "{username}")
c.Spawner.environment["COURSE"] = os.environ.get("COURSE", f"file://{HERE.parent.parent}")
if os.geteuid() == 0:  # as in a container
    c.Spawner.args = [*c.Spawner.args, "--allow-root"]

# What it started ends with it.
c.JupyterHub.cleanup_servers = c.JupyterHub.cleanup_proxy = True
