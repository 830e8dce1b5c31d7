"""The health check of every container: whether its process says that it is ready. Without an import that takes time.

Run as `python -I -S healthcheck.py`: exit code 0 when `/health/ready` answers with 200 at LINERNOTES_HEALTH_PORT.
"""

import os
import socket
import sys

PORT = int(os.environ.get("LINERNOTES_HEALTH_PORT") or 0)
REQUEST = b"GET /health/ready HTTP/1.0\r\nHost: localhost\r\n\r\n"

try:
    with socket.create_connection(("127.0.0.1", PORT), timeout=4) as connection:
        connection.sendall(REQUEST)
        status = connection.makefile("rb").readline(200)
except OSError as error:
    sys.exit(f"port {PORT} does not answer: {error}")
if status.split()[1:2] != [b"200"]:
    sys.exit(f"not ready: {status.decode(errors='replace').strip()}")
