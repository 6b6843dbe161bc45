#!/bin/sh
# Draws the pictures of the README anew, from what the program prints and writes:
#
#     docs/pictures/draw.sh target/demo/saxaul
#
# Needs pdftoppm (Debian: poppler-utils).
set -eu

saxaul=$(realpath "$1")
pictures=$(cd "$(dirname "$0")" && pwd)
week=$pictures/../../server/field-week
work=$(mktemp -d)

"$saxaul" serve --data-dir "$work/home" --listen 127.0.0.1:0 > "$work/served" 2>&1 &
server=$!
trap 'kill $server; wait $server || true; rm -rf "$work"' EXIT
while [ ! -s "$work/home/first-invite.txt" ]; do sleep 0.1; done

office() { SAXAUL_JOURNAL=$work/office.db "$saxaul" "$@"; }
gate() { SAXAUL_JOURNAL=$work/gate.db SAXAUL_SITE=north "$saxaul" "$@"; }
# A command as somebody types it, and what it prints.
typed() {
    printf '$ saxaul %s\n' "$*"
    gate "$@"
    echo
}

{
    office field join --link-file "$work/home/first-invite.txt"
    office event create "$week/event.json" --from today
    office import "$week/roster-front-office.csv" --issuer front-office --apply
    office invite --role marker --site north | head -1 > "$work/link"
    gate field join --link-file "$work/link"
    gate field exchange
} > "$work/prepared"

{
    typed field find svetlana chernova
    typed field check-in A-0001
    typed field walk-in Айгүл Серікқызы --phone +77010000000
    typed field status
    typed field exchange
} > "$work/transcript"

awk '
    { gsub(/&/, "\\&amp;"); gsub(/</, "\\&lt;"); gsub(/>/, "\\&gt;"); lines[NR] = $0 }
    END {
        printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"940\" height=\"%d\" role=\"img\">\n", NR * 20 + 24
        print "<title>A gate without a network: somebody is found, checked in, and exchanged</title>"
        print "<style>text { font: 14px ui-monospace, monospace; fill: #d8dee9; white-space: pre } .typed { fill: #a3d977 }</style>"
        print "<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#1f2430\"/>"
        for (at = 1; at <= NR; at++)
            printf "<text x=\"16\" y=\"%d\"%s>%s</text>\n", at * 20 + 14, lines[at] ~ /^\$/ ? " class=\"typed\"" : "", lines[at]
        print "</svg>"
    }' "$work/transcript" > "$pictures/terminal.svg"

today=$(date +%F)
{
    office hours grant A-0002 --from "${today}T09:00" --to "${today}T12:30" --site north --reason "paper list"
    office report publish
    office report letters --person A-0002 --lang en --out "$work/letter.pdf"
} > "$work/printed"
pdftoppm -png -gray -r 60 -singlefile "$work/letter.pdf" "$pictures/letter"
