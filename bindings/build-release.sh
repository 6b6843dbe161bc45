#!/usr/bin/env bash
# Builds the program for others' machines: target/packages/saxaul, stripped, and saxaul.debug beside it, in which a
# debugger finds names and lines.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v objcopy >/dev/null || { echo "objcopy is missing: apt-get install binutils" >&2; exit 1; }
"${CARGO:-cargo}" build --profile dist --package saxaul
built=target/dist/saxaul out=target/packages
mkdir -p "$out"
objcopy --only-keep-debug "$built" "$out/saxaul.debug"
(cd "$out" && objcopy --strip-all --add-gnu-debuglink=saxaul.debug "../../$built" saxaul)
echo "$out/saxaul: $(stat -c %s "$out/saxaul") bytes; $out/saxaul.debug: $(stat -c %s "$out/saxaul.debug") bytes"
