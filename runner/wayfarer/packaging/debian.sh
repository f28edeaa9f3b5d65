#!/usr/bin/env bash
# Installs the Debian package in a Debian of its own, where systemd is process 1, and goes through its life: install, start, watchdog,
# reload, upgrade, remove, purge. `make dist` runs it at its end. Needs root, mmdebstrap and systemd-nspawn, and fetches Debian once.
# Usage: debian.sh PACKAGE FOLDER; FOLDER keeps that Debian. Ends with 3 where this machine cannot do it.
set -euo pipefail
package=$1 folder=$2
for program in mmdebstrap systemd-nspawn dpkg-deb; do
  command -v "$program" >/dev/null || { echo "the package was not installed: $program is missing (on Debian: apt-get install mmdebstrap systemd-container)" >&2; exit 3; }
done
[ "$(id -u)" = 0 ] || { echo "the package was not installed: only root may start a Debian of its own" >&2; exit 3; }

mkdir -p "$folder"
[ -d "$folder/fresh" ] || {
  mmdebstrap --quiet --variant=minbase --include=systemd,systemd-sysv,dbus,adduser,ca-certificates bookworm "$folder/fetched"
  mv "$folder/fetched" "$folder/fresh"
}
work=$(mktemp -d "$folder/run.XXXXXX")
trap 'rm -rf "$work"' EXIT
cp -a "$folder/fresh" "$work/root"
root=$work/root
cp "$package" "$root/root/wayfarer.deb"
# The next version: the same, by another name.
dpkg-deb --raw-extract "$package" "$work/next"
sed -i 's/^Version: .*/&.1/' "$work/next/DEBIAN/control"
dpkg-deb -Zgzip -z1 --root-owner-group --build "$work/next" "$root/root/next.deb" >/dev/null

cat >"$root/root/life.sh" <<'LIFE'
#!/bin/bash
# Each line says what holds; the first that does not ends it.
set -euo pipefail
trap 'systemctl poweroff' EXIT
export DEBIAN_FRONTEND=noninteractive
systemctl is-system-running --wait || true
holds() { local what=$1; shift; if "$@"; then echo "ok: $what"; else echo "NOT: $what"; systemctl status wayfarer || true; journalctl -u wayfarer -n 50 || true; exit 1; fi; }
not() { ! "$@"; }
# For a minute at most.
soon() { for _ in $(seq 300); do "$@" && return; sleep 0.2; done; return 1; }
shows() { [ "$(systemctl show -p "$1" --value wayfarer)" = "$2" ]; }
healthy() { wayfarer -q http-check http://127.0.0.1:7300/healthz >/dev/null; }
pid() { systemctl show -p MainPID --value wayfarer; }

apt-get install -y /root/wayfarer.deb >/root/apt.log 2>&1 || { cat /root/apt.log; exit 1; }
holds "apt installs it" command -v wayfarer
holds "nothing starts before it is configured" not systemctl is-active --quiet wayfarer
holds "manual pages are there" test -e /usr/share/man/man1/wayfarer-serve.1.gz
for file in bash-completion/completions/wayfarer zsh/vendor-completions/_wayfarer fish/vendor_completions.d/wayfarer.fish; do
  holds "/usr/share/$file is there" test -s "/usr/share/$file"
done
holds "others may not read the configuration" test "$(stat -c %a:%U:%G /etc/wayfarer/wayfarer.toml)" = 640:root:wayfarer
holds "systemd takes the unit" systemd-analyze verify --man=no wayfarer.service
systemd-analyze security wayfarer --no-pager | tail -n 1

holds "it starts, and says that it is ready" systemctl enable --now wayfarer
holds "it answers" soon healthy
holds "it is no root" test "$(stat -c %U "/proc/$(pid)")" = wayfarer
holds "its data is its own" test "$(stat -c %a:%U:%G /var/lib/wayfarer)" = 2750:wayfarer:wayfarer
token=$(sha256sum /var/lib/wayfarer/admin.token)
holds "it reads its secrets again" systemctl reload wayfarer
holds "and still answers" soon healthy

mkdir -p /etc/systemd/system/wayfarer.service.d
printf '[Service]\nWatchdogSec=3\n' >/etc/systemd/system/wayfarer.service.d/watchdog.conf
systemctl daemon-reload
systemctl restart wayfarer
sleep 5
holds "it feeds its watchdog" shows NRestarts 0
kill -STOP "$(pid)"
holds "the watchdog restarts what stands still" soon shows NRestarts 1
holds "and it answers again" soon healthy
before=$(pid)

apt-get install -y /root/next.deb >/root/apt.log 2>&1 || { cat /root/apt.log; exit 1; }
holds "an upgrade restarts it" soon not test "$(pid)" = "$before"
holds "and it answers" soon healthy
holds "an upgrade keeps its data" test "$(sha256sum /var/lib/wayfarer/admin.token)" = "$token"

apt-get remove -y wayfarer >/root/apt.log 2>&1 || { cat /root/apt.log; exit 1; }
holds "removing stops it" not systemctl is-active --quiet wayfarer
holds "removing keeps its data" test -s /var/lib/wayfarer/wayfarer.db
holds "removing keeps its configuration" test -s /etc/wayfarer/wayfarer.toml
apt-get purge -y wayfarer >/root/apt.log 2>&1 || { cat /root/apt.log; exit 1; }
holds "purging removes its data" not test -e /var/lib/wayfarer
holds "purging removes its configuration" not test -e /etc/wayfarer
echo done
LIFE
chmod 0755 "$root/root/life.sh"
cat >"$root/etc/systemd/system/life.service" <<'UNIT'
[Unit]
After=dbus.service
[Service]
Type=simple
ExecStart=/root/life.sh
StandardOutput=file:/root/life.log
StandardError=inherit
[Install]
WantedBy=multi-user.target
UNIT
ln -s /etc/systemd/system/life.service "$root/etc/systemd/system/multi-user.target.wants/life.service"
# Without the machine's own systemd: it may have none. The network is its own, so the ports are free.
timeout 300 systemd-nspawn --quiet --register=no --keep-unit --private-network --boot --directory "$root" >"$work/boot.log" 2>&1 || true
cat "$root/root/life.log"
[ "$(tail -n 1 "$root/root/life.log")" = "done" ] || { tail -n 20 "$work/boot.log"; exit 1; }
