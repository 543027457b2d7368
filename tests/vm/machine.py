"""Virtual machines with systemd and cloud-init, from the host's packages, on an emulated processor."""
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

VERSION = 1  # another one when what is in the image changes
PACKAGES = ("systemd-sysv", "udev", "dbus", "cloud-init", "sudo", "procps", "kmod", "curl", "e2fsprogs")
SEED = "/var/lib/cloud/seed/nocloud"
MIB = 1024 * 1024

# What each machine has from the start. The network has one address outside: the metadata service's stand-in.
FILES = {
    "/etc/fstab": "",
    f"{SEED}/user-data": "",
    "/etc/hostname": "vm\n",
    "/etc/cloud/cloud.cfg.d/90-vm.cfg": "datasource_list: [NoCloud, None]\nnetwork: {config: disabled}\n",
    "/etc/systemd/network/10-eth0.network": "[Match]\nName=eth0\n[Network]\nAddress=169.254.169.10/24\n",
    "/etc/systemd/system/fault.service":
        "[Unit]\nConditionPathExists=/usr/local/sbin/fault\n[Service]\n"
        "ExecStart=/bin/sh -c 'exec sh /usr/local/sbin/fault >/dev/console 2>&1'\n[Install]\nWantedBy=multi-user.target\n",
}


def distribution() -> dict[str, str]:
    lines = Path("/etc/os-release").read_text().splitlines()
    return {name: value.strip('"') for name, _, value in (line.partition("=") for line in lines)}


def own_sources() -> list[str]:
    """Of apt's sources those of the distribution itself."""
    apt = Path("/etc/apt")
    found = [file for name in ("debian.sources", "ubuntu.sources") if (file := apt / "sources.list.d" / name).exists()]
    return [str(file) for file in found or [apt / "sources.list"]]


def reach() -> list[str]:
    """How apt reaches its archive from here: mmdebstrap does not look into the host's configuration."""
    dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout
    wanted = ("Acquire::http::", "Acquire::https::", "Acquire::Retries")
    return [f"--aptopt={line.rstrip(';')}" for line in dump.splitlines() if line.startswith(wanted) and '""' not in line]


class Image:
    """Kernel, initial file system and disk; made once, kept in the user's cache."""

    def __init__(self):
        system = distribution()
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        self.folder = cache / "hotaru" / "tests" / f"vm-{system['ID']}-{system['VERSION_ID']}-v{VERSION}"
        self.kernel, self.initrd, self.disk = (self.folder / name for name in ("vmlinuz", "initrd", "disk"))
        if not self.folder.exists():
            self._make(system)

    def _make(self, system: dict[str, str]) -> None:
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        kernel = "linux-image-cloud-amd64" if system["ID"] == "debian" else "linux-image-virtual"
        with tempfile.TemporaryDirectory(dir=self.folder.parent, prefix="building-") as building:
            made, root = Path(building) / "made", Path(building) / "root"
            made.mkdir()
            subprocess.run(["mmdebstrap", "--mode=root", "--variant=minbase", "--format=directory", "--quiet",
                            f"--include={','.join((*PACKAGES, kernel))}", '--aptopt=Acquire::Languages "none"', *reach(),
                            "--dpkgopt=force-unsafe-io", system["VERSION_CODENAME"], str(root), *own_sources()],
                           check=True, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, timeout=1200)
            for name, text in FILES.items():
                (root / name[1:]).parent.mkdir(parents=True, exist_ok=True)
                (root / name[1:]).write_text(text)
            subprocess.run(["systemctl", f"--root={root}", "--quiet", "enable", "systemd-networkd", "fault"], check=True)
            for name in ("vmlinuz", "initrd"):
                shutil.copy(next((root / "boot").glob(f"{name}*")), made / name)
            for name in ("boot", "usr/share/doc", "usr/share/locale", "usr/share/man", "var/cache/apt"):
                shutil.rmtree(root / name, ignore_errors=True)
            with open(made / "disk", "wb") as disk:
                disk.truncate(1024 * MIB)
            subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", root, made / "disk"], check=True)
            made.rename(self.folder)


class Machine:
    """Started on creation; `close` ends it. Its console is a file."""

    def __init__(self, image: Image, folder: Path, files: dict[str, bytes], memory_mib: int = 512):
        self.folder = folder
        self.console_file = folder / "console"
        disk = folder / "disk"
        subprocess.run(["cp", "--sparse=always", "--reflink=auto", image.disk, disk], check=True)
        self._put(disk, files)
        with open(self.console_file, "wb") as console:
            self.process = subprocess.Popen(
                ["qemu-system-x86_64", "-accel", "tcg", "-m", str(memory_mib), "-nodefaults", "-nographic",
                 "-serial", "stdio", "-kernel", image.kernel, "-initrd", image.initrd,
                 "-append", "root=/dev/vda rw console=ttyS0 net.ifnames=0 ds=nocloud systemd.show_status=1",
                 "-drive", f"file={disk},format=raw,if=virtio,cache=unsafe", "-device", "virtio-rng-pci",
                 "-netdev", "user,id=net,restrict=on,net=169.254.169.0/24,host=169.254.169.1,dns=169.254.169.2,"
                            f"guestfwd=tcp:169.254.169.254:80-cmd:{sys.executable} {Path(__file__).parent / 'metadata.py'}",
                 "-device", "virtio-net-pci,netdev=net,romfile="],
                stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT)

    def _put(self, disk: Path, files: dict[str, bytes]) -> None:
        """Writes into the disk without mounting it."""
        commands = []
        for index, (name, text) in enumerate(files.items()):
            source = self.folder / f"file{index}"
            source.write_bytes(text)
            commands += [f"rm {name}", f"write {source} {name}", f"sif {name} mode 0100755"]
        subprocess.run(["debugfs", "-w", "-f", "-", disk], input="\n".join(commands), text=True, check=True,
                       capture_output=True)

    @property
    def console(self) -> str:
        return self.console_file.read_bytes().decode(errors="replace")

    def ended(self) -> bool:
        return self.process.poll() is not None

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
