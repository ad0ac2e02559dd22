"""The virt driver: each server is a system container that `nodectl` starts and stops.

What needs no machine (inventory, quotas, the bookkeeping of resources) is left to Nova's fake driver. All state is
on disk, one directory a server, so that a restarted nova-compute finds its servers again. A server without a
directory is wholly the fake driver's: that is what a flavor with the extra spec `labnode:fake` asks for, so that
hundreds of servers with nothing inside can live beside real ones.
"""

import json
import os
import time
from pathlib import Path
from typing import ClassVar

import eventlet
import nova.conf
from nova import exception
from nova.compute import power_state
from nova.virt import event, fake, hardware
from oslo_concurrency import processutils
from oslo_log import log

from . import network, seed

CONF = nova.conf.CONF
LOG = log.getLogger(__name__)
NODECTL = Path(__file__).resolve().parents[2] / "nodectl"
SERVERS = Path(os.environ["LABNODE_SERVERS"])
LOWER = Path(os.environ["LABNODE_LOWER"])
LEAST_MEMORY = 128  # MiB: with less, systemd and cloud-init do not come up
CONSOLE_TAIL = 1 << 20  # bytes of the console's log that Nova is given
WATCH_INTERVAL = 2  # seconds
FAKE_SPEC = "labnode:fake"


def write(path, data, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    # Opened with its mode: user data must not be readable for an instant either.
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode())
    path.chmod(mode)


def lines(items):
    return "".join(f"{item}\n" for item in items)


def directory(uuid):
    return SERVERS / uuid


def on_disk():
    """Returns the ids of the servers that are containers."""
    return [path.parent.name for path in SERVERS.glob("*/env")]


def is_real(instance):
    return (directory(instance.uuid) / "env").exists()


def node_id(uuid):
    """Returns the name of the server's network namespace and cgroups."""
    return "nd-" + uuid.replace("-", "")[:12]


def nodectl(command, where, *arguments):
    started = time.monotonic()
    try:
        processutils.execute(str(NODECTL), command, str(where), *map(str, arguments))
    except processutils.ProcessExecutionError as error:
        raise exception.NovaException(f"nodectl {command} {where}: {error.stdout} {error.stderr}") from error
    LOG.info("nodectl %s %s: %.2f s", command, where, time.monotonic() - started)


def init_pid(where):
    """Returns the server's pid 1 as the host numbers it, None when it does not run."""
    try:
        pid = int((where / "init.pid").read_text())
        alive = "/" + node_id(where.name) in Path(f"/proc/{pid}/cgroup").read_text()
    except (OSError, ValueError):
        return None
    return pid if alive else None


def frozen(where):
    try:
        freezer = next(line for line in (where / "cgroups").read_text().split() if "/freezer/" in line)
        return Path(freezer, "freezer.state").read_text().strip() != "THAWED"
    except (OSError, StopIteration):
        return False


class NodeDriver(fake.FakeDriver):
    capabilities: ClassVar = dict(fake.FakeDriver.capabilities, supports_evacuate=False, has_imagecache=False)

    def init_host(self, host):
        super().init_host(host)
        SERVERS.mkdir(parents=True, exist_ok=True)
        for uuid in on_disk():
            self.instances[uuid] = fake.FakeInstance(uuid, power_state.RUNNING, uuid)
        eventlet.spawn_n(self._watch)

    def _watch(self):
        """Tells Nova of servers that ended by themselves, as libvirt would."""
        were_up = set()
        while True:
            eventlet.sleep(WATCH_INTERVAL)
            try:
                were_up = self._tell_of_ended(were_up)
            except OSError as error:  # a directory vanished under it: the server was deleted meanwhile
                LOG.warning("watching the servers: %r", error)

    def _tell_of_ended(self, were_up):
        up = set()
        for uuid in on_disk():
            where = directory(uuid)
            if init_pid(where) or (where / "supervisor.pid").exists():
                up.add(uuid)
            elif uuid in were_up and not (where / "stopping").exists():
                LOG.info("server %s ended by itself", uuid)
                self.emit_event(event.LifecycleEvent(uuid, event.EVENT_LIFECYCLE_STOPPED))
        return up

    # What there is

    def list_instance_uuids(self):
        return list({*on_disk(), *self.instances})

    def get_info(self, instance, use_cache=True):
        if not is_real(instance):
            return super().get_info(instance, use_cache)
        where = directory(instance.uuid)
        if not init_pid(where):
            return hardware.InstanceInfo(state=power_state.SHUTDOWN)
        return hardware.InstanceInfo(state=power_state.PAUSED if frozen(where) else power_state.RUNNING)

    def get_console_output(self, context, instance):
        if not is_real(instance):
            return super().get_console_output(context, instance)
        with open(directory(instance.uuid) / "console.log", "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - CONSOLE_TAIL))
            return file.read().replace(b"\r\n", b"\n")

    def get_host_ip_addr(self):
        return CONF.my_ip

    # Ports

    @staticmethod
    def _write_batches(where, ports):
        write(where / "net.host", lines(network.host_batch(ports, node_id(where.name))))
        write(where / "net.server", lines(network.server_batch(ports)))
        write(where / "taps", lines(port["tap"] for port in ports))
        write(where / "bridges", lines(port["bridge"] for port in ports))

    def _write_network(self, where, network_info):
        ports = [network.port_of(vif, f"eth{n}") for n, vif in enumerate(network_info or [])]
        self._save_ports(where, ports)
        self._write_batches(where, ports)
        write(where / "upper/etc/resolv.conf", network.resolv_conf(ports))
        write(where / "upper" / seed.SEED / "network-config", json.dumps(network.cloud_init_config(ports), indent=1))

    @staticmethod
    def _save_ports(where, ports):
        write(where / "ports.json", json.dumps(ports, indent=1))

    def attach_interface(self, context, instance, image_meta, vif):
        if not is_real(instance):
            super().attach_interface(context, instance, image_meta, vif)
            return
        where = directory(instance.uuid)
        ports = json.loads((where / "ports.json").read_text())
        if any(port["id"] == vif["id"] for port in ports):
            raise exception.InterfaceAttachFailed(instance_uuid=instance.uuid)
        new = network.port_of(vif, network.free_interface(ports))
        if Path("/run/netns", node_id(instance.uuid)).exists():
            self._write_batches(where, [new])
            nodectl("net", where)
        self._save_ports(where, [*ports, new])
        self._write_batches(where, [*ports, new])

    def detach_interface(self, context, instance, vif):
        if not is_real(instance):
            super().detach_interface(context, instance, vif)
            return
        where = directory(instance.uuid)
        ports = json.loads((where / "ports.json").read_text())
        gone = next((port for port in ports if port["id"] == vif["id"]), None)
        if gone is None:
            raise exception.InterfaceDetachFailed(instance_uuid=instance.uuid)
        # From inside: by now a tap of that name may be another server's.
        namespace = node_id(instance.uuid)
        if Path("/run/netns", namespace).exists():
            processutils.execute("ip", "-n", namespace, "link", "del", gone["if"])
        rest = [port for port in ports if port is not gone]
        self._save_ports(where, rest)
        self._write_batches(where, rest)

    # Life

    def spawn(
        self,
        context,
        instance,
        image_meta,
        injected_files,
        admin_password,
        allocations,
        network_info=None,
        block_device_info=None,
        power_on=True,
        accel_info=None,
    ):
        super().spawn(
            context, instance, image_meta, injected_files, admin_password, allocations, network_info, power_on=power_on
        )
        if FAKE_SPEC in instance.flavor.extra_specs:
            return
        where = directory(instance.uuid)
        self._write_env(where, instance)  # first: from now on `destroy` removes it
        self._write_network(where, network_info)
        for path, (data, mode) in seed.files(instance, injected_files or ()).items():
            write(where / "upper" / path, data, mode)
        write(where / "console.log", b"", 0o600)
        if not power_on:
            return
        try:
            nodectl("start", where)
        except Exception:
            self.destroy(context, instance, network_info)
            raise

    @staticmethod
    def _write_env(where, instance):
        env = {
            "NODE_ID": node_id(instance.uuid),
            "NODE_HOSTNAME": instance.hostname,
            "NODE_LOWER": LOWER,
            "NODE_MEMORY": max(LEAST_MEMORY, instance.flavor.memory_mb),
        }
        write(where / "env", lines(f"{name}={value}" for name, value in env.items()))

    def destroy(
        self, context, instance, network_info, block_device_info=None, destroy_disks=True, destroy_secrets=True
    ):
        if is_real(instance):
            if destroy_disks:
                nodectl("destroy", directory(instance.uuid))
            else:
                nodectl("stop", directory(instance.uuid), 0)
        if instance.uuid in self.instances:
            super().destroy(context, instance, network_info)

    def cleanup(self, context, instance, network_info, *args, **kwargs):
        self.destroy(context, instance, network_info)

    def power_off(self, instance, timeout=0, retry_interval=0):
        if is_real(instance):
            nodectl("stop", directory(instance.uuid), 10 if timeout else 0)
        else:
            super().power_off(instance, timeout, retry_interval)

    def power_on(self, context, instance, network_info, block_device_info=None, accel_info=None):
        if not is_real(instance):
            super().power_on(context, instance, network_info)
            return
        where = directory(instance.uuid)
        self._write_network(where, network_info)
        nodectl("start", where)

    def reboot(
        self,
        context,
        instance,
        network_info,
        reboot_type,
        block_device_info=None,
        bad_volumes_callback=None,
        accel_info=None,
    ):
        self.power_off(instance, timeout=10 if reboot_type == "SOFT" else 0)
        self.power_on(context, instance, network_info)

    # The one host there is, so that a server keeps its disk when it is resized.

    def migrate_disk_and_power_off(
        self,
        context,
        instance,
        dest,
        flavor,
        network_info,
        block_device_info=None,
        timeout=0,
        retry_interval=0,
    ):
        if is_real(instance):
            self.power_off(instance, timeout, retry_interval)

    def finish_migration(
        self,
        context,
        migration,
        instance,
        disk_info,
        network_info,
        image_meta,
        resize_instance,
        allocations,
        block_device_info=None,
        power_on=True,
    ):
        if is_real(instance):
            self._resized(context, instance, network_info, power_on)

    def finish_revert_migration(
        self, context, instance, network_info, migration, block_device_info=None, power_on=True
    ):
        if is_real(instance):
            self._resized(context, instance, network_info, power_on)

    def _resized(self, context, instance, network_info, power_on):
        self._write_env(directory(instance.uuid), instance)
        if power_on:
            self.power_on(context, instance, network_info)

    def resume_state_on_host_boot(self, context, instance, network_info, block_device_info=None):
        if not is_real(instance):  # the fake driver has forgotten it
            self.instances[instance.uuid] = fake.FakeInstance(instance.name, power_state.RUNNING, instance.uuid)
        self.power_on(context, instance, network_info)

    def pause(self, instance):
        if is_real(instance):
            nodectl("pause", directory(instance.uuid))

    def unpause(self, instance):
        if is_real(instance):
            nodectl("unpause", directory(instance.uuid))

    def suspend(self, context, instance):
        self.pause(instance)

    def resume(self, context, instance, network_info, block_device_info=None):
        self.unpause(instance)
