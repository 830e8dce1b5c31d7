"""Whether this Python can run linernotes; says in one sentence what to do when not. Runs on any Python 3."""

import sys

if sys.version_info < (3, 11):
    found = ".".join(str(number) for number in sys.version_info[:3])
    sys.exit("linernotes needs Python 3.11 or newer, and this is " + found + ": try make run PYTHON=python3.12")
try:
    import ensurepip  # noqa: F401
    import venv  # noqa: F401
except ImportError:
    sys.exit("This Python has no venv module: install it (on Debian: apt-get install python3-venv) and try again.")
