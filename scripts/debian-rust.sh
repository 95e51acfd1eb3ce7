# Sourced by the scripts beside it: Debian's own Rust, which builds the standard library for other systems from
# its source, beside whatever toolchain comes first in PATH.

# Ends the script that sources this: as a failure in CI, else as skipped.
cannot() {
    if [[ ${CI:-} == true ]]; then
        printf '%s: %s\n' "$(basename "$0")" "$1" >&2
        exit 1
    fi
    printf '%s: skipped: %s\n' "$(basename "$0")" "$1"
    exit 0
}

# Installs those of Debian's packages that are missing.
need_packages() {
    local missing=() package
    command -v dpkg-query >/dev/null || cannot "this is no Debian, and its packages are what is needed"
    for package in "$@"; do
        [[ $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) == "install ok installed" ]] ||
            missing+=("$package")
    done
    [[ ${#missing[@]} -gt 0 ]] || return 0
    [[ $(id -u) == 0 ]] || cannot "packages are missing (${missing[*]}) and only root installs them"
    printf 'installing %s\n' "${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -q && apt-get install -y -q --no-install-recommends "${missing[@]}"; } >/dev/null 2>&1 ||
        cannot "packages cannot be installed (${missing[*]}): no network?"
}

export RUSTC=/usr/bin/rustc RUSTDOC=/usr/bin/rustdoc RUSTC_BOOTSTRAP=1
export CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0
unset RUSTUP_TOOLCHAIN

# Cargo with the standard library from source.
cargo_std() {
    local target=$1 command=$2
    shift 2
    timeout 1500 /usr/bin/cargo "$command" -Zbuild-std=std,panic_abort,proc_macro,test --target "$target" --locked "$@"
}
