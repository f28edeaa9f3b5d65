#!/usr/bin/env bash
# Builds the container by its Containerfile, and runs it as it is meant to be run: no root, a root file system that is read-only, the
# health check by the binary itself. `make dist` runs it at its end.
# Its base is not the one that the file names, which only a registry has, but a small Debian: that of debian.sh, with a user `nonroot`.
# Usage: container.sh ARCHIVE FOLDER; FOLDER is debian.sh's. Ends with 3 where this machine cannot do it.
set -euo pipefail
archive=$1 folder=$2
for program in buildah unshare ip; do
  command -v "$program" >/dev/null || { echo "the container was not built: $program is missing (on Debian: apt-get install buildah iproute2)" >&2; exit 3; }
done
if [ "$(id -u)" != 0 ] || [ ! -d "$folder/fresh" ]; then echo "the container was not built: debian.sh has to run first, as root" >&2; exit 3; fi
architecture=$(dpkg --print-architecture)

work=$(mktemp -d "$folder/container.XXXXXX")
# What is built stays out of the machine's own images.
buildah() { command buildah --root "$work/images" --runroot "$work/running" --storage-driver vfs "$@"; }
trap 'buildah rm --all >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
tar -C "$work" -xzf "$archive"

base=$(buildah from scratch)
files=$(buildah mount "$base")
mkdir -p "$files/tmp" "$files/etc/ssl" "$files/usr/lib"
# The links of the top level, the libraries and their loader, which each architecture has elsewhere.
for part in lib lib64 usr/lib64 "usr/lib/$(uname -m)-linux-gnu" usr/lib/ld-linux-aarch64.so.1; do
  if [ -e "$folder/fresh/$part" ]; then cp -a "$folder/fresh/$part" "$files/$part"; fi
done
cp -a "$folder/fresh/etc/ssl/certs" "$files/etc/ssl/"
echo 'nonroot:x:65532:65532::/nonexistent:/sbin/nologin' >"$files/etc/passwd"
echo 'nonroot:x:65532:' >"$files/etc/group"
buildah umount "$base" >/dev/null
buildah commit --quiet "$base" base >/dev/null
buildah build --quiet --format docker --isolation chroot --build-arg BASE=localhost/base --build-arg "TARGETARCH=$architecture" \
  --tag wayfarer --file "$work/container/Containerfile" "$work/container" >/dev/null
# What the image says of itself is what the file says.
buildah inspect --type image --format '{{.Docker.Config.User}} {{.Docker.Config.Healthcheck.Test}}{{println}}' wayfarer | tee "$work/said"
grep -q '^nonroot .*healthz' "$work/said"

# Run by the kernel alone, because a runtime wants control groups of its own: the image's file system read-only, a folder for the data,
# the user `nonroot`, no privileges, a network of its own.
built=$(buildah from wayfarer)
files=$(buildah mount "$built")
mkdir -p "$work/data" "$files/proc" "$files/dev" "$files/etc/wayfarer"
touch "$files/dev/null"
chown 65532:65532 "$work/data"
chmod 0750 "$work/data"
install -D -m 0644 runner/wayfarer/packaging/wayfarer.toml "$work/etc/wayfarer.toml"
cat >"$work/inside.sh" <<'INSIDE'
set -euo pipefail
files=$1 work=$2
ip link set lo up
mount --bind "$files" "$files"
mount -t proc proc "$files/proc"
mount --bind /dev/null "$files/dev/null"
mount -t tmpfs tmpfs "$files/tmp"
mount --bind "$work/data" "$files/var/lib/wayfarer"
mount --bind "$work/etc" "$files/etc/wayfarer"
mount -o remount,bind,ro "$files"
: >"$work/log"
within=(env -i PATH=/usr/bin WAYFARER_DATA_DIR=/var/lib/wayfarer WAYFARER_LISTEN=127.0.0.1:7300 WAYFARER_HEALTH=127.0.0.1:7302
  setpriv --no-new-privs "$(command -v chroot)" --userspec=65532:65532 --groups=65532 "$files" /usr/bin/wayfarer)
"${within[@]}" serve --config /etc/wayfarer/wayfarer.toml >"$work/log" 2>&1 &
until grep -q 'listening on' "$work/log" || ! kill -0 $! 2>/dev/null; do sleep 0.1; done
"${within[@]}" -q http-check http://127.0.0.1:7302/healthz
echo "ok: the container is healthy by its own health check, with a root file system that is read-only"
kill -TERM $!
wait $!
[ -s "$work/data/wayfarer.db" ]
echo "ok: it stops by SIGTERM with 0, and its data stays"
INSIDE
unshare --mount --pid --net --ipc --fork --kill-child bash "$work/inside.sh" "$files" "$work" || { cat "$work/log"; exit 1; }
