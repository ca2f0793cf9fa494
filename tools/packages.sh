#!/usr/bin/env bash
# Installs what tests need of the system: Chromium, to look at charts, and Node,
# whose zeromq is VS Code's side of the kernel's sockets. Only where apt-get and
# root are there; elsewhere those tests skip with their reason.
set -euo pipefail

# missing NAME ...: whether none of the programs is there.
missing() {
	for name in "$@"; do
		if command -v "$name" >/dev/null; then return 1; fi
	done
}

wanted=()
if missing ${GONDOLA_BROWSER:-} chromium chromium-browser google-chrome; then wanted+=(chromium); fi
if missing ${GONDOLA_NODE:-} node; then wanted+=(nodejs); fi
if [[ ${#wanted[@]} == 0 ]]; then exit 0; fi
if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
	echo "missing for some tests: ${wanted[*]}" >&2
	exit 0
fi
echo "installing ${wanted[*]} by apt-get ..." >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{ apt-get update && apt-get install -y --no-install-recommends "${wanted[@]}"; } >"$log" 2>&1 ||
	echo "without ${wanted[*]}: apt-get failed: $(tail -n 1 "$log")" >&2
