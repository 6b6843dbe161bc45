#!/usr/bin/env bash
# Builds the Swift package that build-swift.sh wrote with its program, has the program tell every story of
# tests/conformance, and work at a gate of a real server. Needs swift and python3.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
cd target/bindings/swift-package
swift build -Xlinker -L"$PWD/lib"
program="$PWD/.build/debug/Program"
export LD_LIBRARY_PATH="$PWD/lib" DYLD_LIBRARY_PATH="$PWD/lib"
ground=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$ground"' EXIT
sums() { if command -v sha256sum >/dev/null; then sha256sum --quiet -c "$1"; else shasum -a 256 -c "$1"; fi; }

for story in "$root"/tests/conformance/*.json; do
    devices=$(mktemp -d -p "$ground")
    mkdir "$devices/views"
    "$program" conformance "$story" "$devices"
    (cd "$devices/views" && sums SHA256SUMS)
done

# Against a real server: join, die at work without it, come back, exchange, show its hours.
saxaul="$root/target/debug/saxaul" port=$((20000 + RANDOM % 20000)) today=$(date -u +%F)
serve() {
    "$saxaul" serve --data-dir "$ground/data" --listen "127.0.0.1:$port" --public-url "http://127.0.0.1:$port" \
        >"$ground/log" 2>&1 &
    server=$!
    for _ in $(seq 100); do grep -q "home server at" "$ground/log" && return; sleep 0.1; done
    cat "$ground/log" >&2
    return 1
}
stop() { kill "$server"; wait "$server" || true; server=; }
serve
office() { SAXAUL_JOURNAL="$ground/office.db" "$saxaul" "$@"; }
office field join --name office --link-file "$ground/data/first-invite.txt" >/dev/null
printf '{"name": {"en": "Shore day"}, "time_zone": "UTC", "sites": [{"key": "pier"}],
    "days": [{"date": "%s", "opens": "00:00", "closes": "24:00"}]}' "$today" >"$ground/event.json"
printf 'Code,Name\nA-1,Ахметова Айгерім\nA-2,Серік Нұрлан\n' >"$ground/list.csv"
office event create "$ground/event.json" >/dev/null
office import "$ground/list.csv" --issuer list --apply >/dev/null
office invite --role marker | head -n 1 >"$ground/link"
"$program" join "$ground/phone.db" "$ground/link"
stop
"$program" work "$ground/phone.db" akhmetova >"$ground/said" &
phone=$!
until grep -q saved "$ground/said"; do kill -0 "$phone"; sleep 0.1; done
kill -9 "$phone"
"$program" hours "$ground/phone.db"
serve
"$program" exchange "$ground/phone.db"
"$program" hours "$ground/phone.db" >"$ground/hours"
office report hours --format json >"$ground/hours.json"
python3 - "$ground/hours" "$ground/hours.json" <<'PY'
import json, sys
shown = json.load(open(sys.argv[1]))
rows = json.load(open(sys.argv[2]))
server = [[row[c] for c in ("subjects", "date", "observed_s", "imputed_s", "verified_s")] for row in rows]
assert shown == server and any(row[3] for row in shown), (shown, server)
print("the same hours:", shown)
PY
