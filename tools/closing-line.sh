#!/usr/bin/env bash
# The last lines of `make test`, from the counts that gotestsum hands over: one for
# each of its passes so far, and their sum. A package that does not build counts as
# one failure.
#
#   closing-line.sh SUMS NAME    the passes before are in the file SUMS
set -euo pipefail
sums=$1 name=$2
echo "$((TESTS_TOTAL - TESTS_FAILED - TESTS_SKIPPED)) $((TESTS_FAILED + TESTS_ERRORS)) $TESTS_SKIPPED $name" >>"$sums"
echo
passed=0 failed=0 skipped=0
while read -r p f s name; do
	echo "$name: $p passed, $f failed, $s skipped"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done <"$sums"
echo "$passed passed, $failed failed, $skipped skipped"
