"""Start one process that does not outlive its parent: run as a script, it becomes that process.

`python -I -S parent_death_launcher.py PARENT SIGNAL USER:GROUP PROGRAM ARGUMENT…`; `-` for USER:GROUP keeps both. On
Linux the kernel sends SIGNAL when the parent dies, however it dies. That is lost on a change of user, so the order here
matters. A script of its own, because running Python between fork and exec is unsafe in a process that has threads.
"""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


def main(parent: int, signal: int, identity: str, argv: list[str]) -> None:
    """Become the program, or end with 126 and a line on stderr."""
    try:
        if identity != "-":
            user, group = map(int, identity.split(":"))
            os.setgroups([])
            os.setgid(group)
            os.setuid(user)
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal, 0, 0, 0)
        if os.getppid() == parent:  # else it died before the signal was set
            os.execv(argv[0], argv)  # noqa: S606
    except OSError as error:
        print(f"{argv[0]} cannot be started: {error}", file=sys.stderr)
    sys.exit(126)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
