#!/usr/bin/env bash
# `make dist`: everything that is given away, in one folder: for each architecture a stripped binary that needs glibc 2.28, its
# symbols in a file of their own, an archive and a Debian package; manual pages, completions, what a container is built of, the bill
# of materials, and a checksum of each file.
# Usage: dist.sh CARGO_TARGET_DIR FOLDER [TRIPLE..]; PROFILE says how it is compiled (`dist`).
set -euo pipefail
target=$1 out=$2
shift 2
triples=${*:-x86_64-unknown-linux-gnu aarch64-unknown-linux-gnu}
profile=${PROFILE:-dist}
packaging=runner/wayfarer/packaging
glibc=2.28
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)

# Pinned tools, built once, beside those of the tests.
tools=${XDG_CACHE_HOME:-$HOME/.cache}/wayfarer/dist
tool() { # CRATE VERSION
  [ -x "$tools/bin/$1" ] && grep -qs "$1 $2" "$tools/versions" && return
  echo "make dist builds $1 $2, this once" >&2
  # Its own folder: what it is compiled to has nothing in common with this workspace.
  CARGO_TARGET_DIR="$tools/build" cargo install --quiet --locked --force --root "$tools" "$1@$2"
  echo "$1 $2" >>"$tools/versions"
}
mkdir -p "$tools"
tool cargo-zigbuild 0.24.1
tool cargo-deb 3.8.0
tool cargo-cyclonedx 0.5.9
[ -x "$tools/zig/bin/python" ] || python3 -m venv "$tools/zig"
"$tools/zig/bin/python" -m pip install --quiet --disable-pip-version-check "ziglang==0.17.1"
export PATH="$tools/bin:$tools/zig/bin:$PATH"
own=$(rustc -vV | sed -n 's/^host: //p')
# The compiler's own copy, which works for every architecture and finds its library beside the compiler.
objcopy() { LD_LIBRARY_PATH=$(rustc --print sysroot)/lib "$(rustc --print sysroot)/lib/rustlib/$own/bin/rust-objcopy" "$@"; }

rm -rf "$out"
mkdir -p "$out/man" "$out/completions" "$out/container/data"

built() { echo "$target/$1/$([ "$profile" = dev ] && echo debug || echo "$profile")"; }
for triple in $triples; do
  rustup target list --installed | grep -qx "$triple" || rustup target add "$triple"
  echo "make dist compiles for $triple with the profile $profile; with \`dist\` that takes about an hour of two processors" >&2
  cargo zigbuild --locked --profile "$profile" --bin wayfarer --target "$triple.$glibc"
done

# Pages and scripts are the same for every architecture, and made by the one that runs here.
"$(built "$own")/wayfarer" man "$out/man"
{
  echo "wayfarer ($version-1) unstable; urgency=medium"
  echo
  echo "  * /usr/share/doc/wayfarer/changelog says what is new."
  echo
  echo " -- Wayfarer's developers <developers@wayfarer.invalid>  $(date -R -u -d "@$(git log -1 --format=%ct)")"
} >"$out/changelog"
for shell in bash zsh fish; do "$(built "$own")/wayfarer" completions "$shell" >"$out/completions/wayfarer.$shell"; done

for triple in $triples; do
  name=wayfarer-$version-$triple
  folder=$out/$name
  mkdir -p "$folder"
  objcopy --only-keep-debug "$(built "$triple")/wayfarer" "$out/$name.debug"
  objcopy --strip-all --add-gnu-debuglink="$out/$name.debug" "$(built "$triple")/wayfarer" "$folder/wayfarer"
  chmod 0755 "$folder/wayfarer"
  cp -r LICENSE-APACHE LICENSE-MIT README.md examples/wayfarer.toml "$packaging/wayfarer.service" "$out/man" "$out/completions" "$folder"
  case $triple in x86_64-*) architecture=amd64 ;; aarch64-*) architecture=arm64 ;; *) architecture=${triple%%-*} ;; esac
  mkdir -p "$out/container/$architecture"
  cp "$folder/wayfarer" "$out/container/$architecture/wayfarer"
  # The package takes the stripped binary, where cargo-deb expects what it would have compiled.
  stripped=$out/.deb/$triple/$(basename "$(built "$triple")")
  mkdir -p "$stripped"
  cp "$folder/wayfarer" "$stripped/wayfarer"
  CARGO_TARGET_DIR="$out/.deb" cargo deb --quiet --no-build --no-strip --package wayfarer --target "$triple" --profile "$profile" \
    --output "$out/wayfarer_${version}_$architecture.deb"
  tar -C "$out" --sort=name --owner=0 --group=0 --numeric-owner -czf "$out/$name.tar.gz" "$name"
  chmod 0644 "$out/$name.debug"
  gzip -9 "$out/$name.debug"
  rm -rf "$folder"
done
cp "$packaging/Containerfile" "$out/container/"
tar -C "$out" --sort=name --owner=0 --group=0 --numeric-owner -czf "$out/wayfarer-$version-container.tar.gz" container

# It writes a bill for each crate of the workspace, beside its manifest.
cargo cyclonedx --quiet --manifest-path runner/wayfarer/Cargo.toml --format json --spec-version 1.5 --override-filename wayfarer.cdx
mv runner/wayfarer/wayfarer.cdx.json "$out/wayfarer-$version.cdx.json"
find runner examples sdk tests -name wayfarer.cdx.json -delete

rm -rf "$out/.deb" "$out/container" "$out/man" "$out/completions" "$out/changelog"
(cd "$out" && sha256sum -- * >SHA256SUMS)
ls -l "$out"
"$packaging/check.sh" "$out" "$version" "$glibc" "$tools"
