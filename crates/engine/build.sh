#!/bin/sh
# Builds the guest, `narrows-engine.wasm`, bit for bit as committed. With --check it compares instead of writing,
# with --lint it looks at the form and the lints of the source alone.
#
# Needs, and nothing else:
#   rustup target add --toolchain 1.95.0 wasm32-unknown-unknown
#   clang-19 and llvm-19 (Debian: apt-get install clang-19 llvm-19). The version is pinned because the bytes
#   depend on it, and because newer ones make QuickJS's dispatch loop twice as slow.
set -eu
cd "$(dirname "$0")"

toolchain=1.95.0
target=wasm32-unknown-unknown
artefact=narrows-engine.wasm

missing() {
    echo "error: $1 is missing; install it with: $2" >&2
    exit 1
}
command -v clang-19 >/dev/null || missing clang-19 "apt-get install clang-19"
command -v llvm-ar-19 >/dev/null || missing llvm-ar-19 "apt-get install llvm-19"
rustup target list --installed --toolchain "$toolchain" | grep -qx "$target" ||
    missing "the target $target" "rustup target add --toolchain $toolchain $target"

sysroot=$(rustc "+$toolchain" --print sysroot)
cargo_home=${CARGO_HOME:-$HOME/.cargo}
here=$(pwd)
out=${CARGO_TARGET_DIR:-$here/target}

# No path of the building machine may be in the result: it is what makes it the same everywhere.
map="-ffile-prefix-map=$cargo_home=cargo -ffile-prefix-map=$out=target -ffile-prefix-map=$here=engine"
export CC_wasm32_unknown_unknown=clang-19
export AR_wasm32_unknown_unknown=llvm-ar-19
export CFLAGS_wasm32_unknown_unknown="-O3 $map"
# The shadow stack: QuickJS stops scripts at 400 KB of it.
RUSTFLAGS="-C link-arg=-z -C link-arg=stack-size=524288"
RUSTFLAGS="$RUSTFLAGS --remap-path-prefix=$cargo_home=cargo --remap-path-prefix=$sysroot=rust"
RUSTFLAGS="$RUSTFLAGS --remap-path-prefix=$out=target --remap-path-prefix=$here=engine"
export RUSTFLAGS CARGO_TARGET_DIR="$out"

if [ "${1-}" = "--lint" ]; then
    cargo "+$toolchain" fmt --check
    exec cargo "+$toolchain" clippy --quiet --release --locked --target "$target" -- -D warnings
fi

cargo "+$toolchain" build --quiet --release --locked --target "$target"
built=$out/$target/release/narrows_engine.wasm

if [ "${1-}" = "--check" ]; then
    cmp "$built" "$artefact" || {
        echo "error: $artefact is not what this source builds; run crates/engine/build.sh and commit it" >&2
        exit 1
    }
    echo "$artefact is what this source builds"
else
    cp "$built" "$artefact"
    echo "$artefact: $(wc -c <"$artefact") bytes"
fi
