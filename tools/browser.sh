#!/usr/bin/env bash
# Installs Chromium for the tests that look at charts, where apt-get and root are
# there and no browser is. Elsewhere those tests skip with their reason.
set -euo pipefail
for name in ${GONDOLA_BROWSER:-} chromium chromium-browser google-chrome; do
	if command -v "$name" >/dev/null; then exit 0; fi
done
if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
	echo "no browser: install chromium for the tests of charts" >&2
	exit 0
fi
echo "installing chromium by apt-get ..." >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{ apt-get update && apt-get install -y --no-install-recommends chromium; } >"$log" 2>&1 ||
	echo "no browser: apt-get failed: $(tail -n 1 "$log")" >&2
