#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The modules on the kernel that users run: installed with kernel/install.sh into a directory of their
own, booted with Debian's kernel image in qemu (emulated processor, nothing needed of the machine), found
by the PCI id of a board, loaded and unloaded twice. There is no card in that machine."""
import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rig import BUILD, ROOT, Tap

CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "strowger")
BOOT_S = 600  # real time until a boot that takes 10 s on an idle machine is given up
# Any board's id will do; what is behind the subsystem vendor does not matter.
ALIAS = "pci:v0000E159d00000001sv0000%04Xsd00000003bc02sc80i00"
# Said of each module that Debian has not built.
TAINT = re.compile("loading out-of-tree module taints kernel|module verification failed")

INIT = """#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
say() { echo "@ $*"; }
say begin "$(uname -r)"
echo "strowger test begins" >/dev/kmsg
for round in 1 2; do
	modprobe '%s'
	say modprobe $round $?
	say loaded $round $(cut -d ' ' -f 1 /proc/modules)
	say driver $round $(ls -d /sys/bus/pci/drivers/strowger)
	say assign $round $(cat /sys/module/dahdi/parameters/auto_assign_spans)
	say device $round $(ls /dev/dahdi)
	rmmod strowger
	say rmmod $round $?
	rmmod dahdi
	say rmmod-dahdi $round $?
	say left $round $(cut -d ' ' -f 1 /proc/modules)
done
modprobe strowger board=nonsense
say refused "status=$?"
dmesg -r | sed 's/^/# /'
say end
poweroff -f
"""

tap = Tap()


def run(*command, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    if done.returncode:
        raise RuntimeError("%s: %d\n%s" % (" ".join(command), done.returncode, done.stdout[-3000:]))
    return done.stdout


def image(release):
    """Debian's kernel for the headers that are installed, taken out of its package, as installing that
    would set up a boot loader. DAHDI needs no module of it. Once."""
    directory = os.path.join(CACHE, "image-" + release)
    os.makedirs(CACHE, exist_ok=True)
    with open(os.path.join(CACHE, "image.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.exists(os.path.join(directory, "vmlinuz")):
            return directory
        print("debian.t: downloading linux-image-%s (70 MB, once)" % release, file=sys.stderr)
        with tempfile.TemporaryDirectory(dir=CACHE) as new:
            run("apt-get", "download", "-q", "linux-image-" + release, cwd=new)
            package, = [name for name in os.listdir(new) if name.endswith(".deb")]
            run("sh", "-c", "dpkg-deb --fsys-tarfile %s | tar -xf - ./boot/vmlinuz-%s" % (package, release),
                cwd=new)
            os.makedirs(directory, exist_ok=True)
            shutil.move("%s/boot/vmlinuz-%s" % (new, release), directory + "/vmlinuz")
    return directory


def install(root, release, **more):
    return subprocess.run([os.path.join(ROOT, "kernel/install.sh"), "install"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=dict(os.environ, DESTDIR=root, OUT=os.path.join(BUILD, "modules", release),
                                   **more))


def refusals(root, release):
    """Nothing is installed beside a DAHDI that is not there or not for this kernel."""
    done = install(root, release)
    tap.ok(done.returncode == 1 and "there is no DAHDI in" in done.stdout and
           "dahdi-dkms" in done.stdout, "without DAHDI's modules: refused, with what to do", done.stdout)
    tap.same(os.path.exists(root + "/etc"), False, "and nothing is installed")


def board_ids():
    """Subsystem vendors in boards/, read by another reader than the driver's."""
    ids = set()
    for name in os.listdir(os.path.join(ROOT, "boards")):
        with open(os.path.join(ROOT, "boards", name)) as f:
            for found in re.findall(r"subvendors\s*=\s*\[([^]]*)\]", f.read()):
                ids |= {int(word, 0) for word in found.split(",")}
    return ids


def installed(root, release):
    module = root + "/lib/modules/%s/updates/strowger.ko" % release
    done = install(root, release, WITH_DAHDI="1")
    if not tap.ok(done.returncode == 0 and os.path.exists(module), "modules_install", done.stdout):
        raise RuntimeError("nothing to boot")
    aliases = {int(found, 16) for found in
               re.findall(r"alias:\s+pci:v0000E159d00000001sv0000(\w{4})sd\*", run("/sbin/modinfo", module))}
    tap.same(aliases, board_ids(), "its aliases are the PCI ids in boards/")
    with open(root + "/etc/modprobe.d/strowger.conf") as f:
        tap.ok("blacklist wcte11xp" in f.read(), "other drivers of the board are kept away")
    tap.ok(os.path.exists(root + "/etc/udev/rules.d/61-strowger.rules"), "udev has its rule")


def initramfs(root):
    """Busybox, and what was installed."""
    for directory in ("bin", "proc", "sys", "dev"):
        os.makedirs(os.path.join(root, directory))
    shutil.copy("/bin/busybox", root + "/bin/")
    for name in "sh mount cut ls cat sed uname modprobe rmmod dmesg poweroff".split():
        os.symlink("busybox", os.path.join(root, "bin", name))
    with open(root + "/init", "w") as f:
        f.write(INIT % (ALIAS % min(board_ids())))
    os.chmod(root + "/init", 0o755)
    run("sh", "-c", "find . | cpio -o -H newc --quiet | gzip -1 >../initrd", cwd=root)


def boot(vmlinuz, initrd):
    """Return: what init said, {("modprobe", "1"): "0", ..}, and the kernel's log since it began."""
    out = run("timeout", "-s", "KILL", str(BOOT_S), "qemu-system-x86_64", "-accel", "tcg", "-m", "256",
              "-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot", "-kernel", vmlinuz,
              "-initrd", initrd, "-append", "console=ttyS0 quiet panic=-1 oops=panic panic_on_warn=1",
              stdin=subprocess.DEVNULL).replace("\r", "")
    said = {}
    for line in re.findall(r"^@ (.*)$", out, re.M):
        words = line.split()
        key = tuple(words[:2]) if words[1:2] in (["1"], ["2"]) and len(words) > 1 else (words[0],)
        said[key] = " ".join(words[len(key):])
    log = re.findall(r"^# <(\d+)>\[ *[\d.]+\] (.*)$", out, re.M)
    begin = [text for _, text in log].index("strowger test begins") if log else 0
    return said, [(int(level) & 7, text) for level, text in log[begin + 1:]], out


def ran(said, log, out, release):
    if not tap.same(said.get(("begin",)), release, "Debian's kernel runs"):
        tap.note(out[-2000:])
    for n in "12":
        tap.same(said.get(("modprobe", n)), "0", "round %s: the board's PCI id loads it" % n)
        tap.same(said.get(("loaded", n)), "strowger dahdi", "with DAHDI, and no other driver")
        tap.same(said.get(("driver", n)), "/sys/bus/pci/drivers/strowger", "the PCI bus knows it")
        tap.same(said.get(("assign", n)), "1", "DAHDI gives spans their numbers")
        tap.ok({"ctl", "channel", "pseudo", "timer"} <= set(said.get(("device", n), "").split()),
               "DAHDI's devices are there", said)
        tap.same(said.get(("rmmod", n)), "0", "it unloads")
        tap.same(said.get(("rmmod-dahdi", n)), "0", "nobody holds DAHDI after it")
        tap.same(said.get(("left", n)), "", "nothing of it is left")
    tap.ok(said.get(("refused",)) == "status=1", "a board that nobody knows is refused", said)
    tap.ok(any('board' in text and 'nonsense' in text for _, text in log), "and named in the log", log)
    loud = [text for level, text in log
            if level <= 4 and not TAINT.search(text) and "nonsense" not in text]
    tap.same(loud, [], "no warning or error in the kernel's log")
    tap.ok(("end",) in said, "to the end", out[-2000:])


def main():
    module = subprocess.run([os.path.join(ROOT, "kernel/build.sh")], stdout=subprocess.PIPE, text=True,
                            env=dict(os.environ, OUT=os.path.join(BUILD, "modules/debian")), check=True)
    release = run("/sbin/modinfo", "-F", "vermagic", module.stdout.strip()).split()[0]
    directory = image(release)
    with tempfile.TemporaryDirectory() as scratch:
        root = os.path.join(scratch, "root")
        os.makedirs(root)
        refusals(root, release)
        installed(root, release)
        initramfs(root)
        ran(*boot(directory + "/vmlinuz", scratch + "/initrd"), release)


try:
    main()
except (RuntimeError, OSError, subprocess.CalledProcessError) as problem:
    tap.ok(False, "to the end", problem)
tap.end()
