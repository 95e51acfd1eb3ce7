#!/usr/bin/env bash
# Builds tests and examples for Windows and runs them under Wine: unit tests, the scenarios over memory and named
# pipes, real child processes, the examples. Needs Debian; installs what is missing if it may.
#
# What Wine does not model is left out by the tests themselves, with the reason beside each.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/debian-rust.sh

need_packages rustc-web cargo-web rust-web-src gcc-mingw-w64-x86-64 wine wine64

target=x86_64-pc-windows-gnu
export CARGO_TARGET_DIR=$PWD/target/windows
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER="env WINEDEBUG=-all wine"
export WINEPREFIX=$CARGO_TARGET_DIR/wine WINEPATH=$CARGO_TARGET_DIR/shim WINEDEBUG=-all

# Wine 8 lacks this library, from which Rust's standard library takes one function.
shim() {
    mkdir -p "$WINEPATH"
    x86_64-w64-mingw32-gcc -shared -o "$WINEPATH/bcryptprimitives.dll" -x c - -ladvapi32 <<'C'
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length) {
    return SystemFunction036(data, (ULONG)length);
}
C
}

summary=()

# One suite, with its own line in the summary.
run() {
    local name=$1 began=$SECONDS
    shift
    printf '\n==== [%4ds] windows: %s\n' "$SECONDS" "$name"
    "$@"
    summary+=("$name ($((SECONDS - began)) s)")
}

trap 'timeout 20 wineserver -k || true' EXIT
mkdir -p "$WINEPREFIX"
shim
timeout 120 wineboot -i >/dev/null 2>&1

run "build" cargo_std $target test --no-run -p ipc-rpc -p ipc-rpc-tests -p ipc-rpc-examples \
    --lib --examples --test scenarios --test process --test plugin
run "unit tests" cargo_std $target test -p ipc-rpc --lib
run "scenarios over memory and named pipes" cargo_std $target test -p ipc-rpc-tests --test scenarios
run "child processes" cargo_std $target test -p ipc-rpc-tests --test process
run "plugins" cargo_std $target test -p ipc-rpc-tests --test plugin
for example in hello auth lifecycle two_way streaming; do
    run "example $example" cargo_std $target run --quiet --example "$example"
done

printf '\nwindows: passed: %s\n' "$(IFS=';' && printf '%s' "${summary[*]}" | sed 's/;/; /g')"
