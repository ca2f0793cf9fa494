#!/usr/bin/env bash
# Makes a Python environment: setup.sh FOLDER REQUIREMENTS
#
# The packages are installed exactly as pinned, with their hashes. When no
# environment can be made the reason is printed, and the tests that need one
# skip with it; under CI=true that is a failure.
set -euo pipefail

folder=$1 requirements=$2
log=$(mktemp)
trap 'rm -f "$log"' EXIT

give_up() {
	echo "no Python environment: $1" >&2
	if [[ ${CI:-} == true ]]; then exit 1; fi
	exit 0
}

make_venv() { python3 -m venv --clear "$folder" >"$log" 2>&1; }

# Debian keeps venv and pip in packages of their own.
install_python() {
	[[ $(id -u) == 0 ]] && command -v apt-get >/dev/null || return 1
	echo "installing python3-venv by apt-get ..." >&2
	{ apt-get update && apt-get install -y --no-install-recommends python3 python3-venv; } >"$log" 2>&1
}

if ! command -v python3 >/dev/null || ! make_venv; then
	install_python || give_up "install python3 (3.11 or later) with its venv module"
	make_venv || give_up "python3 -m venv failed: $(tail -n 1 "$log")"
fi
"$folder/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
	give_up "python3 is $("$folder/bin/python" -V), and the pinned packages need 3.11 or later"

echo "installing $requirements into $folder ..." >&2
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
	--requirement "$requirements" >"$log" 2>&1 ||
	give_up "pip failed: $(grep -m 1 -i error "$log" || tail -n 1 "$log")"

echo '*' >"$folder/.gitignore"
touch "$folder/.made" # the stamp that make looks at
