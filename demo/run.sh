#!/usr/bin/env bash
# The main job on generated receipts: 200,000 lines, Parquet in, tags as
# Parquet out, every step shown. Called by `make demo`.
set -euo pipefail
cd "$(dirname "$0")/.."
gondola=${GONDOLA:-bin/gondola}

"$gondola" run demo/receipts.gnd
"$gondola" run demo/tags.gnd

cat <<'TEXT'

The tags are in build/demo/tags/, beside their keys, as Parquet with a manifest;
build/demo/report.html shows the whole run in a browser, without a network.
What to try next:
  bin/gondola -c 'load build/demo/tags/ | show --sample 20'                 look at them
  bin/gondola -c 'load build/demo/tags/' -o json | jq .                     the same for programs
  bin/gondola run demo/tags.gnd --set k=50                                  fewer clusters
  bin/gondola -c 'load YOUR.csv | preprocess | train | cluster | tag | write tagged.parquet'
  make demo                                                                 again: every step comes from the cache
  bin/gondola -c 'sql SELECT tag, count(*) n FROM (SELECT unnest(tags) tag FROM "build/demo/tags/*.parquet") GROUP BY 1 ORDER BY 2 DESC LIMIT 20'
  bin/gondola help tag                                                      what a step can do
TEXT
