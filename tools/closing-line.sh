#!/usr/bin/env bash
# The last line of `make test`, from the counts that gotestsum hands over. A
# package that does not build counts as one failure.
set -euo pipefail
failed=$((TESTS_FAILED + TESTS_ERRORS))
echo
echo "$((TESTS_TOTAL - TESTS_FAILED - TESTS_SKIPPED)) passed, $failed failed, $TESTS_SKIPPED skipped"
