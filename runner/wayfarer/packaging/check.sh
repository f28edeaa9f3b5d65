#!/usr/bin/env bash
# The end of `make dist`: looks at each thing that was made, and tries what runs here. What this machine cannot try, it says; what is
# wrong ends it.
# Usage: check.sh FOLDER VERSION GLIBC TOOLS; TOOLS is where dist.sh keeps its tools.
set -euo pipefail
out=$1 version=$2 glibc=$3 tools=$4
packaging=runner/wayfarer/packaging
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
untried=0
ok() { echo "ok: $1"; }
wrong() { echo "make dist made something wrong: $1" >&2; exit 1; }
cannot() { echo "not tried: $1" >&2; untried=$((untried + 1)); }

(cd "$out" && sha256sum --check --quiet SHA256SUMS) || wrong "a checksum"
ok "checksums"

# An emulator needs the libraries of its architecture: Debian's package libc6-arm64-cross has them.
started() { # ARCHITECTURE PROGRAM ARGUMENT..
  local architecture=$1 emulator
  shift
  if [ "$architecture" = "$(uname -m)" ]; then "$@"; return; fi
  emulator=$(command -v "qemu-$architecture-static" || command -v "qemu-$architecture" || true)
  if [ -z "$emulator" ] || [ ! -d "/usr/$architecture-linux-gnu/lib" ]; then return 126; fi
  "$emulator" -L "/usr/$architecture-linux-gnu" "$@"
}

for archive in "$out"/wayfarer-"$version"-*-linux-gnu.tar.gz; do
  name=$(basename "$archive" .tar.gz) triple=${archive#*"wayfarer-$version-"}
  architecture=${triple%%-*}
  tar -C "$work" -xzf "$archive"
  binary=$work/$name/wayfarer
  # The versions that it asks for are texts of its table of symbols.
  newest=$(grep -ao 'GLIBC_2\.[0-9]*' "$binary" | sort -uV | tail -n 1)
  [ "$(printf '%s\n' "GLIBC_$glibc" "$newest" | sort -V | tail -n 1)" = "GLIBC_$glibc" ] || wrong "$name needs $newest"
  ok "$name needs $newest, $(stat -c %s "$binary") bytes"
  gunzip -c "$out/$name.debug.gz" >"$work/$name/$name.debug"
  if said=$(started "$architecture" "$binary" --version); then
    [[ "$said " = "wayfarer $version "* ]] || wrong "$name says that it is '$said'"
    started "$architecture" "$binary" schedule next "every 5m" -n 1 >/dev/null 2>&1 || wrong "$name does not work"
    ok "$name runs"
  else
    [ $? = 126 ] || wrong "$name does not run"
    cannot "$name on its architecture (on Debian: apt-get install qemu-user-static libc6-arm64-cross)"
  fi
  if [ "$architecture" = "$(uname -m)" ] && command -v gdb >/dev/null; then
    # The binary has no symbols: gdb finds the file by the link in it, and compares the checksum.
    gdb -batch -nx -ex 'info address main' "$binary" >"$work/gdb" 2>&1
    grep -q '"main" is at 0x' "$work/gdb" || { cat "$work/gdb"; wrong "gdb does not take the symbols of $name"; }
    ok "gdb takes the symbols of $name"
  else
    cannot "the symbols of $name by gdb"
  fi
done

for package in "$out"/*.deb; do
  name=$(basename "$package")
  dpkg-deb --contents "$package" >"$work/contents"
  for file in usr/bin/wayfarer lib/systemd/system/wayfarer.service etc/wayfarer/wayfarer.toml usr/share/man/man1/wayfarer-serve.1.gz \
    usr/share/bash-completion/completions/wayfarer usr/share/zsh/vendor-completions/_wayfarer \
    usr/share/fish/vendor_completions.d/wayfarer.fish usr/share/doc/wayfarer/copyright usr/share/doc/wayfarer/wayfarer.toml; do
    grep -q " \./\(usr/\)\?$file\$" "$work/contents" || wrong "$name has no $file"
  done
  ok "$name has its files"
  if command -v lintian >/dev/null; then
    lintian --fail-on error --allow-root "$package" || wrong "$name, as lintian says above"
    ok "lintian finds no error in $name"
  else
    cannot "$name by lintian (on Debian: apt-get install lintian)"
  fi
done

"$tools/zig/bin/python" -m pip install --quiet --disable-pip-version-check "cyclonedx-python-lib[json-validation]==11.12.0"
"$tools/zig/bin/python" - "$out/wayfarer-$version.cdx.json" <<'PYTHON' || wrong "the bill of materials"
import json, sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
text = open(sys.argv[1]).read()
bill = json.loads(text)
wrong = JsonStrictValidator(SchemaVersion.from_version(bill["specVersion"])).validate_str(text)
print(wrong) if wrong else print(f"ok: the bill of materials is CycloneDX {bill['specVersion']} and names {len(bill['components'])} components")
sys.exit(1 if wrong else 0)
PYTHON

whole() { # what debian.sh and container.sh try; 3 says that they cannot
  local ended=0
  "$@" || ended=$?
  case $ended in 0) ;; 3) untried=$((untried + 1)) ;; *) wrong "what $1 tried" ;; esac
}
case $(uname -m) in x86_64) own=amd64 ;; aarch64) own=arm64 ;; *) own=none ;; esac
if [ -e "$out/wayfarer_${version}_$own.deb" ]; then
  whole "$packaging/debian.sh" "$out/wayfarer_${version}_$own.deb" "$tools/debian"
  whole "$packaging/container.sh" "$out/wayfarer-$version-container.tar.gz" "$tools/debian"
else
  cannot "a package and a container of this machine's architecture: none was made"
fi
echo "make dist made what is in $out; $untried of its checks could not be tried on this machine"
