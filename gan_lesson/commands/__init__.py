"""What a person types after `python -m gan_lesson`: a module here for each command, with run().

A command is imported only when it is asked for, after main() has set what torch reads as it starts.
"""

import os
import sys

from gan_lesson import BilingualError


class BadInput(BilingualError):
    """Bad input: one line for the user, exit status 2, nothing written."""


def bad_setting(error):
    """A SettingError in the terminal's words."""
    return BadInput(*error.sentences(option(error.setting)))


def about(what, error):
    """A BilingualError of another module, with the option that it is about."""
    return BadInput(f"{what}{error.zh}", error.en)


def check_paths(paths):
    """Refuse an empty path of {name: path}, as an unset variable makes it: BadInput."""
    for name, path in paths.items():
        if path == "":
            raise BadInput(
                f"{name} 是空的，要一個路徑（變數沒有值？）",
                f"{name} is empty: it takes a path (an unset variable?)",
            )


def option(setting):
    return "--" + setting.replace("_", "-")


def mute(stream):
    """Print no more to stdout or stderr: nobody reads on, or it goes to a full disk."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def complain(error, status, processes=None):
    """Print an error as one line, once where there are several processes; returns the status."""
    if processes is None or processes.reports():
        try:
            print(f"gan_lesson: {error}".replace("\n", " "), file=sys.stderr, flush=True)
        except OSError:
            mute(sys.stderr)
    return status
