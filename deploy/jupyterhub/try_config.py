"""The hub of jupyterhub_config.py for trying it out: any name, no password, no users of the system.

It lets in this machine only. All students are the same user of the system, so nothing hides their
folders, in ~/gan-class, from one another, and nobody enforces the limits.
"""

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from jupyterhub.auth import DummyAuthenticator

c = get_config()  # noqa: F821 - JupyterHub gives it
load_subconfig("jupyterhub_config.py", path=Path(__file__).parent)  # noqa: F821 - so does it this


class LoopbackAuthenticator(DummyAuthenticator):
    """Let in whoever gives a name; end the hub if another machine could do so."""

    def __init__(self, **settings):
        super().__init__(**settings)
        hub = self.parent
        for address in (hub.bind_url, hub.hub_bind_url or f"//{hub.hub_ip}"):
            if urlsplit(address).hostname != "127.0.0.1":
                sys.exit(
                    f"這個 JupyterHub 不問密碼，只能開在 127.0.0.1，不能開在 {address} · "
                    f"this hub asks no password: only on 127.0.0.1, not on {address}"
                )


c.JupyterHub.authenticator_class = LoopbackAuthenticator
c.Authenticator.username_pattern = "[a-z][a-z0-9-]*"  # names of folders

c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(Path.home() / "gan-class" / "{username}")
c.Spawner.pre_spawn_hook = None
if os.geteuid() == 0:  # as in a container
    c.Spawner.args = [*c.Spawner.args, "--allow-root"]

# What it started ends with it.
c.JupyterHub.cleanup_servers = c.JupyterHub.cleanup_proxy = True
