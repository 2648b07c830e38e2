#!/bin/sh
# The fonts of the pages, from the U.S. Web Design System's package, into the folder $1, which git
# ignores: Public Sans and Merriweather (SIL Open Font License 1.1), Roboto Mono (Apache 2.0).
# Without npm or a network nothing happens: the pages then use the system's fonts.
set -eu
folder=$(mkdir -p "$1" && cd "$1" && pwd)
sums=$(cd "$(dirname "$0")" && pwd)/fonts.sha256
(cd "$folder" && sha256sum --check --status "$sums" 2>/dev/null) && exit 0
command -v npm >/dev/null || exit 0
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
if ! npm pack --silent @uswds/uswds@3.14.0 >/dev/null 2>&1; then
    echo "The fonts could not be fetched; the pages use the system's." >&2
    exit 0
fi
tar -xzf uswds-uswds-*.tgz
find package/dist/fonts -name '*.woff2' -exec cp {} . \;
sha256sum --check --quiet "$sums"
cut -c 67- "$sums" | while read -r name; do cp "$name" "$folder"; done
