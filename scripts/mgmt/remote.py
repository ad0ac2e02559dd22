"""A shell on one node over SSH: known host keys only, every command with a deadline."""

import base64
import io
import shlex
import socket
import tarfile
import time

import faults
import paramiko

POLL_SECONDS = 1.0
HOME = "/opt/vnfctl"
NODE_LOG = "/var/log/vnfctl-node.log"


class OnlyKnown(paramiko.MissingHostKeyPolicy):
    """Refuses a host whose key Nova's console did not show."""

    def missing_host_key(self, client, hostname, key):
        raise paramiko.SSHException(f"{key.get_name()} host key of {hostname} not on its console")


def await_condition(probe, seconds, phase, where, cause, hint):
    """Polls until probe returns something true; a deadline ends it with the last known cause."""
    deadline = time.monotonic() + seconds
    last = None
    while True:
        try:
            found = probe()
            if found:
                return found
        except paramiko.BadHostKeyException:
            raise  # waiting does not make another machine the right one
        except (paramiko.SSHException, OSError, EOFError) as error:
            last = f"{type(error).__name__}: {error}"
        if time.monotonic() >= deadline:
            text = f"{cause} within {seconds} s" + (f" (last: {last})" if last else "")
            raise faults.Fault(phase, where, text, hint)
        time.sleep(POLL_SECONDS)  # the pause of a poll with a deadline


class Shell:
    """Commands on one node."""

    def __init__(self, name, address, login, host_keys, patience):
        self.name = name
        self._client = paramiko.SSHClient()
        self._client.set_missing_host_key_policy(OnlyKnown())
        store = self._client.get_host_keys()
        for line in host_keys:
            kind, blob = line.split(" ", 1)
            try:
                key = paramiko.PKey.from_type_string(kind, base64.b64decode(blob))
            except paramiko.UnknownKeyType:
                continue  # a kind that paramiko cannot negotiate either
            store.add(address, kind, key)

        def connect():
            login.check()
            self._client.connect(
                address,
                username=login.user,
                pkey=login.key,
                look_for_keys=False,
                allow_agent=False,
                timeout=10,
                banner_timeout=15,
                auth_timeout=15,
            )
            return True

        try:
            await_condition(
                connect,
                patience,
                "SSH",
                name,
                f"no login at {address} as {login.user}",
                f"check that {login.source} matches the spec's access.publicKey",
            )
        except paramiko.BadHostKeyException as error:
            raise faults.Fault(
                "SSH", name, f"host key of {address} is not the one on its console", str(error)
            ) from error
        self._client.get_transport().set_keepalive(15)

    def run(self, command, seconds, stdin=b""):
        """(status, stdout, stderr) of a command; past the deadline it is a fault."""
        channel = self._client.get_transport().open_session(timeout=30)
        channel.settimeout(seconds)
        deadline = time.monotonic() + seconds
        try:
            channel.exec_command(command)
            if stdin:
                channel.sendall(stdin)
            channel.shutdown_write()
            out, err = _read_both(channel, deadline)
            return channel.recv_exit_status(), out.decode(), err.decode(errors="replace")
        except socket.timeout as error:
            raise faults.Fault(
                command, self.name, f"not finished within {seconds} s", None, self.log_tail()
            ) from error
        finally:
            channel.close()

    def put(self, path, content, mode="0600"):
        """Writes a file as root, whole or not at all; the content never stands in an argument."""
        quoted = shlex.quote(path)
        script = (
            f"umask 077; mkdir -p $(dirname {quoted}) && cat > {quoted}.new"
            f" && chmod {mode} {quoted}.new && mv {quoted}.new {quoted}"
        )
        status, _, err = self.run(f"sudo -n sh -c {shlex.quote(script)}", 60, content)
        if status != 0:
            raise faults.Fault("copying", self.name, f"{path}: {err.strip()}", None)

    def put_all(self, files):
        """Writes {name: (content, mode)} into HOME in one go; each file whole or not at all."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            for name, (content, mode) in files.items():
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = len(content), mode
                archive.addfile(entry, io.BytesIO(content))
        script = (
            f"umask 077; rm -rf {HOME}/.new && mkdir -p {HOME}/.new && cd {HOME}/.new"
            f" && tar --extract --no-same-owner --file - && mv -f ./* {HOME}/ && rmdir {HOME}/.new"
        )
        status, _, err = self.run(f"sudo -n sh -c {shlex.quote(script)}", 60, packed.getvalue())
        if status != 0:
            raise faults.Fault("copying", self.name, f"{HOME}: {err.strip()}", None)

    def node(self, arguments, seconds, if_there=False):
        """stdout of `node.sh ARGUMENTS`; a failure carries its sentence and the log's end.

        With `if_there`, nothing where no driver has put the script yet.
        """
        words = f"bash {HOME}/node.sh {' '.join(shlex.quote(a) for a in arguments)}"
        if if_there:
            script = f"if test -x {HOME}/node.sh; then exec {words}; fi"
            words = f"sh -c {shlex.quote(script)}"
        command = f"sudo -n {words}"
        status, out, err = self.run(command, seconds)
        if status != 0:
            sentences = [
                line.removeprefix("node.sh: ")
                for line in err.splitlines()
                if line.startswith("node.sh: ")
            ]
            cause = sentences[0] if sentences else f"exit status {status} {err.strip()[-300:]}"
            raise faults.Fault(
                f"'{arguments[0]}'", self.name, cause, f"see {NODE_LOG} there", self.log_tail()
            )
        return out

    def log_tail(self, lines=20):
        """The end of the node's own log; empty when it cannot be had."""
        try:
            return self.run(f"sudo -n tail -n {lines} {NODE_LOG}", 15)[1]
        except (faults.Fault, paramiko.SSHException, OSError, EOFError) as error:
            return f"(log not to be had: {error})"

    def close(self):
        """Ends the connection."""
        self._client.close()


def _read_both(channel, deadline):
    """Reads stdout and stderr to their ends without letting either fill up."""
    out, err = bytearray(), bytearray()
    while True:
        moved = False
        if channel.recv_ready():
            out += channel.recv(65536)
            moved = True
        if channel.recv_stderr_ready():
            err += channel.recv_stderr(65536)
            moved = True
        if moved:
            continue
        if channel.exit_status_ready() and channel.eof_received:
            return out, err
        if time.monotonic() >= deadline:
            raise socket.timeout
        channel.status_event.wait(0.1)  # returns at once when the command ends
