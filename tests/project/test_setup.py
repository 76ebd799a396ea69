"""Set-up on a fresh machine: system libraries, pinned packages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "system_libraries.sh"
LIBRARIES = "libgl1 libegl1 libxrender1 libxcursor1 libgomp1"
needs_shell = pytest.mark.skipif(os.name != "posix" or shutil.which("sh") is None, reason="a shell script")


def machine(
    folder: Path, *, installed: bool = False, user: int = 1000, sudo: bool = False, apt: str = "exit 0"
) -> Path:
    """Commands of a make-believe Debian machine."""
    status = "install ok installed" if installed else "unknown"
    commands = {
        "dpkg-query": f"echo '{status}'",
        "id": f"echo {user}",
        "apt-get": f'echo "apt-get $*" >> {folder}/called; {apt}',
    }
    if sudo:
        commands["sudo"] = '[ "$1" = -n ] && shift; "$@"'
        commands["true"] = "exit 0"
    for name, body in commands.items():
        file = folder / name
        file.write_text(f"#!{shutil.which('sh')}\n{body}\n")
        file.chmod(0o755)
    return folder


def set_up(folder: Path) -> subprocess.CompletedProcess:
    command = [shutil.which("sh"), str(SCRIPT)]
    return subprocess.run(command, env={"PATH": str(folder)}, capture_output=True, text=True, check=False)


def called(folder: Path) -> list[str]:
    record = folder / "called"
    return record.read_text().splitlines() if record.is_file() else []


@needs_shell
def test_nothing_is_done_where_all_libraries_are_there(tmp_path):
    done = set_up(machine(tmp_path, installed=True))
    assert done.returncode == 0
    assert called(tmp_path) == []


@needs_shell
def test_nothing_is_done_on_another_system(tmp_path):
    assert set_up(tmp_path).returncode == 0


@needs_shell
def test_without_rights_it_stops_with_the_line_to_type(tmp_path):
    done = set_up(machine(tmp_path))
    assert done.returncode == 1
    assert f"sudo apt-get update && sudo apt-get install -y {LIBRARIES}" in done.stderr
    assert called(tmp_path) == []


@needs_shell
@pytest.mark.parametrize("rights", [{"user": 0}, {"sudo": True}])
def test_with_rights_it_installs(tmp_path, rights):
    done = set_up(machine(tmp_path, **rights))
    assert done.returncode == 0, done.stderr
    assert called(tmp_path) == [f"apt-get install -y --no-install-recommends {LIBRARIES}"]


@needs_shell
def test_absent_package_lists_are_fetched(tmp_path):
    updated = tmp_path / "updated"
    apt = f'case "$1" in update) : > {updated};; *) [ -f {updated} ];; esac'
    done = set_up(machine(tmp_path, user=0, apt=apt))
    assert done.returncode == 0, done.stderr
    assert [line.split()[1] for line in called(tmp_path)] == ["install", "update", "install"]


@needs_shell
def test_failing_installation_stops_with_the_line_to_type(tmp_path):
    done = set_up(machine(tmp_path, user=0, apt='[ "$1" = update ]'))
    assert done.returncode == 1
    assert f"apt-get update && apt-get install -y {LIBRARIES}" in done.stderr


def pins() -> list[Requirement]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("python", ["3.10", "3.11", "3.12", "3.13"])
@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_each_package_is_pinned_once_and_all_dependencies_are(python, platform):
    where = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": platform}
    valid = [pin for pin in pins() if pin.marker is None or pin.marker.evaluate(where)]
    names = [canonicalize_name(pin.name) for pin in valid]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"==[\w.]+", str(pin.specifier)) for pin in valid)
    needed = {canonicalize_name(Requirement(text).name) for text in metadata.requires("fem-lumbar")}
    assert needed <= set(names)


def test_constraints_name_no_place_to_get_packages_from():
    text = (ROOT / "constraints.txt").read_text()
    assert "://" not in text and "index" not in text and " @ " not in text
