"""A VNFM that takes uploads and throws them away, so that the sender alone is measured."""

import json
import multiprocessing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PACKAGE = {
    "id": "b3a6ac4e-7a0e-4d9e-8f5f-7b0b3e6d6d57",
    "onboardingState": "CREATED",
    "operationalState": "DISABLED",
    "usageState": "NOT_IN_USE",
}
PIECE = 1 << 20


class Sink(BaseHTTPRequestHandler):
    """Keystone's token, and just enough of vnfpkgm v1 for a push."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Keeps quiet."""

    def answer(self, status, body=None, **headers):
        """Answers with JSON."""
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def swallow(self):
        """Reads the whole body into one small buffer."""
        if "100-continue" in self.headers.get("Expect", ""):
            self.send_response_only(100)
            self.end_headers()
        left = int(self.headers.get("Content-Length", 0))
        buffer = memoryview(bytearray(PIECE))
        while left:
            left -= self.rfile.readinto(buffer[: min(left, PIECE)])

    def do_POST(self):
        """A token, or a new package."""
        self.swallow()
        if self.path.endswith("/auth/tokens"):
            host, port = self.server.server_address
            endpoint = {"interface": "public", "region": "R", "url": f"http://{host}:{port}"}
            catalog = [{"type": "nfv-orchestration", "endpoints": [endpoint]}]
            token = {"expires_at": "2099-01-01T00:00:00Z", "catalog": catalog}
            self.answer(201, {"token": token}, X_Subject_Token="t")
        else:
            self.answer(201, PACKAGE)

    def do_PUT(self):
        """A package's content."""
        self.swallow()
        self.answer(202)

    def do_GET(self):
        """No packages yet; or the package, at once onboarded."""
        if self.path.partition("?")[0].endswith("/vnf_packages"):
            self.answer(200, [])
            return
        self.answer(200, PACKAGE | {"onboardingState": "ONBOARDED", "vnfdId": "v"})


class Running:
    """A sink in its own process; a context manager that gives its address."""

    def __enter__(self):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
        self.process = multiprocessing.Process(target=server.serve_forever, daemon=True)
        self.process.start()
        host, port = server.server_address
        server.socket.close()
        return f"http://{host}:{port}"

    def __exit__(self, *_):
        self.process.terminate()
        self.process.join()
