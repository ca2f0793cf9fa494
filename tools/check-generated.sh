#!/usr/bin/env bash
# Fails when `go generate` would change a file: what is generated is committed
# as it comes out. Works on uncommitted changes as well.
set -euo pipefail

state() {
	git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
		if [[ -f $file ]]; then sha256sum "$file"; fi
	done
}

before=$(state)
go generate ./...
if ! changed=$(diff <(echo "$before") <(state)); then
	echo "go generate changed these files; look at them and commit them:" >&2
	sed -n 's/^> [0-9a-f]*  /  /p' <<<"$changed" >&2
	exit 1
fi
