#!/bin/sh
# Shared libraries that rendering and threads need and a minimal Debian or Ubuntu lacks.
# Installs the missing ones when it may; otherwise prints the exact line to run and fails.
set -eu

PACKAGES="libgl1 libegl1 libxrender1 libxcursor1 libgomp1"

command -v dpkg-query >/dev/null 2>&1 || exit 0   # not Debian or Ubuntu: see "Other systems" in the README

missing=""
for package in $PACKAGES; do
    state=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
    [ "$state" = "install ok installed" ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo"
else
    echo "System libraries are missing. Run this once, then the same make again:" >&2
    echo "    sudo apt-get update && sudo apt-get install -y$missing" >&2
    exit 1
fi

echo "installing system libraries:$missing"
export DEBIAN_FRONTEND=noninteractive
install() { $as_root apt-get install -y --no-install-recommends $missing; }
# Package lists may be absent or out of date: fetch them and try again.
if ! install >/dev/null 2>&1; then
    $as_root apt-get update
    if ! install; then
        echo "The system libraries could not be installed. Run this once, then the same make again:" >&2
        echo "    ${as_root:+sudo }apt-get update && ${as_root:+sudo }apt-get install -y$missing" >&2
        exit 1
    fi
fi
