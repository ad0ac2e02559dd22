"""The mirror's web server: a directory, the servers' package repository below /debian/, and the mirror's faults.

A fault is a file in FAULTS, looked for at each request, so that it can come and go without a restart:
`mirror-lies` names a path a line whose bytes are answered with others of the same number; `mirror-silent`
holds every request without a word until it is gone.

usage: mirror_server.py ADDRESS PORT DIRECTORY PACKAGES FAULTS
"""

import select
import socket
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

PACKAGES_BELOW = "/debian"
LOOK_AGAIN = 0.2  # seconds
OTHER_BYTES = bytes(255 - byte for byte in range(256))


class LyingFile:
    """A file whose every byte is another."""

    def __init__(self, file):
        self.file = file

    def read(self, size=-1):
        return self.file.read(size).translate(OTHER_BYTES)

    def close(self):
        self.file.close()


class Mirror(SimpleHTTPRequestHandler):
    def __init__(self, *arguments, packages, faults, **named):
        self.packages, self.faults = packages, Path(faults)
        super().__init__(*arguments, **named)

    def asked_for(self):
        """Returns the path of the request below the mirror's root, as a fault names it."""
        return unquote(urlsplit(self.path).path).strip("/")

    def translate_path(self, path):
        if path != PACKAGES_BELOW and not path.startswith(PACKAGES_BELOW + "/"):
            return super().translate_path(path)
        served, self.directory = self.directory, self.packages
        try:
            return super().translate_path(path.removeprefix(PACKAGES_BELOW))
        finally:
            self.directory = served

    def send_head(self):
        if self.was_silent():
            self.close_connection = True
            return None
        file = super().send_head()
        return LyingFile(file) if file and self.lies() else file

    def lies(self):
        try:
            return self.asked_for() in (self.faults / "mirror-lies").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False

    def was_silent(self):
        """Waits while the mirror is silent or until the client has gone; returns whether there was anything to wait for."""
        waited = False
        while (self.faults / "mirror-silent").exists():
            waited = True
            readable, _, _ = select.select([self.connection], [], [], LOOK_AGAIN)
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                break
        return waited


def serve(address, port, directory, packages, faults):
    """Returns the server, bound; `serve_forever` is the caller's."""
    handler = partial(Mirror, directory=str(directory), packages=str(packages), faults=faults)
    return ThreadingHTTPServer((address, port), handler)


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    serve(sys.argv[1], int(sys.argv[2]), *sys.argv[3:]).serve_forever()
