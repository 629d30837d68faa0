#!/bin/sh
# From a fresh Debian 12 to a running model: installs packages (as root or through sudo), builds, compiles the
# nano checkpoint of this repository and prints a story. Shows each step; safe to run again.
#
#   sh tools/setup.sh            all of it
#   sh tools/setup.sh packages   only the packages
set -eu
cd "$(dirname "$0")/.."

# LLVM 22 comes from Debian's bookworm-security, the rest from bookworm.
packages="libmlir-22-dev mlir-22-tools llvm-22-dev llvm-22-tools clang-22 libclang-rt-22-dev lld-22 liblld-22-dev
  libzstd-dev zlib1g-dev ninja-build ccache cmake g++ libc6-dev nlohmann-json3-dev libgtest-dev libeigen3-dev
  libedit-dev python3 python3-numpy pkg-config strace mkdocs
  zsh fish python3-pip python3-setuptools python3-wheel"
model=test/models/gemma4-nano-e
prompt="Tell me a story about a fox."

step() { printf '\n== %s\n' "$1"; }
show() {
  printf '+ %s\n' "$*"
  "$@"
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    show env DEBIAN_FRONTEND=noninteractive "$@"
  elif command -v sudo >/dev/null; then
    show sudo env DEBIAN_FRONTEND=noninteractive "$@"
  else
    echo "setup: packages are missing; run this as root, or install sudo" >&2
    exit 1
  fi
}

missing_packages() {
  for package in $packages; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || printf '%s ' "$package"
  done
}

has_candidate() { apt-cache policy "$1" | grep -q 'Candidate: [0-9]'; }

install_packages() {
  step "Packages"
  missing=$(missing_packages)
  if [ -z "$missing" ]; then
    echo "all installed"
    return
  fi
  as_root apt-get update
  if ! has_candidate llvm-22-dev; then
    echo "setup: no package llvm-22-dev here; Debian 12 has it in bookworm-security. Add to /etc/apt/sources.list:" >&2
    echo "  deb http://deb.debian.org/debian-security bookworm-security main" >&2
    exit 1
  fi
  # shellcheck disable=SC2086 # a list of words
  as_root apt-get install -y --no-install-recommends $missing
}

build() {
  step "Build (the first time takes some minutes)"
  show cmake --preset dev
  show cmake --build --preset dev
}

tell_story() {
  step "Compile $model"
  show build/bin/facet compile "$model" -o build/nano.facet
  step "Run it"
  show build/bin/facet run build/nano.facet "$prompt" -n 60
}

install_packages
if [ "${1:-all}" = packages ]; then
  exit 0
fi
build
tell_story
