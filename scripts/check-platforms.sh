#!/usr/bin/env bash
# Type-checks the crates for macOS and FreeBSD, tests and examples included, without linking. Needs Debian; installs
# what is missing if it may.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/debian-rust.sh

need_packages rustc-web cargo-web rust-web-src
export CARGO_TARGET_DIR=$PWD/target/platforms

for target in aarch64-apple-darwin x86_64-unknown-freebsd; do
    printf '\n==== [%4ds] type check: %s\n' "$SECONDS" "$target"
    cargo_std "$target" check -p ipc-rpc -p ipc-rpc-tests -p ipc-rpc-examples --lib --examples --tests
done
printf '\nplatforms: type-checked: macOS, FreeBSD\n'
