"""Many rows through every step under a memory limit. Called by `make scale`.

It makes a table of --rows titles once (build/scale/), half of it receipts of
the generator and half the real titles of ../shared/data repeated under new
keys, and runs

    load | preprocess | train | cluster | tag | write

in one gondola under GOMEMLIMIT, with the defaults of each step unless --epochs,
--max-iter or -k say otherwise. The kernel's high-water mark of the resident
memory (VmHWM in /proc/PID/status) is read and reset at the end of each step,
and so are the processor seconds of all threads ("cpu-s").
Then DuckDB compares what was written with what was read: as many rows, the
same keys in the same order, tags where there is a title.

Bar D7 is --rows 20M --bytes 100 --limit 256MiB --compression uncompressed
--epochs 1 --max-iter 20. With --repeats 0.8 four rows in five hold a title that
stands in a row before (tools/repeats.py), written with dictionaries. --limit
none leaves gondola to its own default; then --peak is the bar. The table of
docs/performance.md has --rows 100M --repeats 0.8 --limit none --peak 2GiB.

The exit code is 1 when rows differ, or when the peak is above --peak, or else
above --most times the limit.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import time

import duckdb

import repeats

STEPS = ("load", "preprocess", "train", "cluster", "tag", "write")
UNITS = {"KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30}


def size(text):
    """Bytes of "256MiB"; 0 of "none"."""
    if text == "none":
        return 0
    found = re.fullmatch(r"([0-9.]+)([KMG]iB)", text, re.IGNORECASE)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is no size such as 256MiB")
    return int(float(found[1]) * UNITS[found[2].upper()])


def count(text):
    """Rows of "300k" or "10M"."""
    units = {"k": 1_000, "m": 1_000_000}
    unit = units.get(text[-1].lower(), 1)
    return int(float(text if unit == 1 else text[:-1]) * unit)


def make_receipts(args, folder, distinct):
    """Lines of the generator, once; returns their file."""
    folder.mkdir(parents=True, exist_ok=True)
    receipts = folder / f"receipts-{distinct}.parquet"
    if not receipts.exists():
        print(f"making {distinct:,} receipts", flush=True)
        subprocess.run(
            [args.gondola, "-q", "--no-progress", "--no-history", "-c",
             f'load "sample:receipts?n={distinct}&seed=1" | write {receipts} --columns product_title'],
            check=True, env=environment(args, folder / "cache-receipts"))
        shutil.rmtree(folder / "cache-receipts")
    return receipts


def make(args, path):
    """Writes the table: the keys count up, receipts and titles take turns."""
    folder = path.parent
    distinct = min(args.rows // 2, 2_000_000)
    receipts = make_receipts(args, folder, distinct)
    print(f"making {args.rows:,} rows", flush=True)
    db = duckdb.connect()
    db.execute("SET memory_limit='3GB'; SET preserve_insertion_order=true")
    db.execute(f"SET temp_directory='{folder}/duckdb'")
    db.execute(f"CREATE TABLE r AS SELECT row_number() OVER () - 1 AS i, product_title AS title FROM '{receipts}'")
    if args.titles and pathlib.Path(args.titles).exists():
        db.execute(
            "CREATE TABLE t AS SELECT row_number() OVER () - 1 AS i, title FROM read_csv("
            f"'{args.titles}', delim='\\t', header=true, quote='', escape='', all_varchar=true) WHERE title <> ''")
    else:
        print(f"no real titles at {args.titles}: receipts only")
        db.execute("CREATE TABLE t AS SELECT * FROM r")
    titles, = db.execute("SELECT count(*) FROM t").fetchone()
    # A title of about --bytes bytes is several put together, other ones in every
    # round, so that the table has no row twice.
    each, = db.execute("SELECT avg(strlen(title)) FROM t").fetchone()
    more = max(0, round(args.bytes / each) - 1) if args.bytes else 0
    db.execute("CREATE TABLE a AS SELECT title FROM t ORDER BY i")
    chosen = " || ' ' || ".join(
        ["CASE WHEN n.i % 2 = 0 THEN r.title ELSE t.title END"] + [f"t{k}.title" for k in range(more)])
    joins = "".join(
        f" JOIN t AS t{k} ON t{k}.i = (n.i * {104_729 + 2 * k} + n.i // {titles}) % {titles}" for k in range(more))
    db.execute(
        f"COPY (SELECT printf('%013d', n.i) AS id, {chosen} AS title"
        f" FROM (SELECT range AS i FROM range({args.rows})) n"
        f" JOIN r ON r.i = (n.i // 2) % {distinct} JOIN t ON t.i = (n.i // 2) % {titles}{joins}"
        f" ORDER BY n.i) TO '{path}.part' (FORMAT parquet, ROW_GROUP_SIZE 100000, COMPRESSION {args.compression})")
    os.replace(f"{path}.part", path)


def make_repeats(args, path):
    """Writes a table of which a share of the titles are repeated."""
    receipts = make_receipts(args, path.parent, min(args.rows, 4_000_000))
    print(f"making {args.rows:,} rows, {args.repeats:.0%} of them repeats", flush=True)
    numbers, different = repeats.choose(args.rows, args.repeats, seed=1)
    print(f"{different:,} different titles", flush=True)
    repeats.write(f"{path}.part", repeats.Titles(receipts), numbers, args.compression)
    os.replace(f"{path}.part", path)


def environment(args, cache):
    env = dict(os.environ, XDG_CACHE_HOME=str(cache), GONDOLA_HISTORY="off")
    if args.limit:
        env["GOMEMLIMIT"] = str(args.limit)
    return env


def cpu_seconds(pid):
    """User and system time of all threads; 0 when the process is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
            fields = f.read().rpartition(")")[2].split()  # from the third on: proc(5)
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def status(pid, key):
    """A size of /proc/PID/status in bytes; 0 when the process is gone."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8") as f:
            for line in f:
                if line.startswith(key + ":"):
                    return int(line.split()[1]) << 10
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0


def run(args, script, cache):
    """Runs the script; returns (step, seconds, cpu seconds, peak) for each step."""
    process = subprocess.Popen(
        [args.gondola, "-", "--no-progress", "--color", "never"], stdin=subprocess.PIPE, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment(args, cache))
    peak, used = [0], [0]
    stop = threading.Event()

    def poll():  # the mark of a process that has ended cannot be read
        while not stop.wait(0.05):
            peak[0] = max(peak[0], status(process.pid, "VmHWM"))
            used[0] = max(used[0], cpu_seconds(process.pid))

    poller = threading.Thread(target=poll)
    poller.start()
    threading.Thread(target=lambda: (process.stdin.write(script), process.stdin.close())).start()
    steps, begun, spent, said = [], time.monotonic(), 0, []
    for line in process.stdout:
        said.append(line)
        found = re.match(r"(\w+): ", line)
        if not found or found[1] not in STEPS:
            continue
        now = time.monotonic()
        high = max(peak[0], status(process.pid, "VmHWM"))
        cpu = max(used[0], cpu_seconds(process.pid))
        steps.append((found[1], now - begun, cpu - spent, high))
        print(f"  {line.rstrip()}", flush=True)
        try:
            with open(f"/proc/{process.pid}/clear_refs", "w", encoding="utf-8") as f:
                f.write("5")  # proc(5): resets VmHWM
        except OSError:
            pass  # it has ended, or the kernel does not allow it: later peaks include earlier ones
        peak[0], begun, spent = 0, now, cpu
    code = process.wait()
    stop.set()
    poller.join()
    if code:
        sys.exit("".join(said[-5:]) + f"gondola ended with exit code {code}")
    return steps


def check(args, source, out):
    """Compares by DuckDB. Returns what is wrong."""
    db = duckdb.connect()
    db.execute("SET memory_limit='3GB'")
    wrong = []
    before, = db.execute(f"SELECT count(*) FROM '{source}'").fetchone()
    after, = db.execute(f"SELECT count(*) FROM '{out}'").fetchone()
    if before != args.rows or after != before:
        wrong.append(f"{before:,} rows in, {after:,} rows out")
    differ, untagged, tagged = db.execute(
        "SELECT count(*) FILTER (a.id IS DISTINCT FROM b.id OR a.title IS DISTINCT FROM b.title),"
        " count(*) FILTER (b.tags IS NULL AND b.title IS NOT NULL), count(*) FILTER (len(b.tags) > 0)"
        f" FROM (SELECT id, title FROM '{source}') a POSITIONAL JOIN (SELECT id, title, tags FROM '{out}') b").fetchone()
    if differ:
        wrong.append(f"{differ:,} rows have another key or title at their place")
    if untagged:
        wrong.append(f"{untagged:,} titles have no tags column")
    if tagged < after // 2:
        wrong.append(f"only {tagged:,} of {after:,} rows have a tag")
    print(f"DuckDB: {before:,} rows in, {after:,} rows out, {differ:,} differ, {tagged:,} with tags")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=count, default=count("10M"), help="rows of the table: 300k, 10M")
    parser.add_argument("--limit", type=size, default=size("1GiB"), help="GOMEMLIMIT of gondola: 1GiB, 256MiB, none")
    parser.add_argument("--most", type=float, default=1.5, help="the peak may be so many times the limit")
    parser.add_argument("--bytes", type=int, default=0, help="mean length of the titles; 0 leaves them as they are")
    parser.add_argument("--repeats", type=float, default=0, help="share of the rows whose title stands in a row before: 0.8")
    parser.add_argument("--peak", type=size, default=0, help="bytes that the peak may have: 2GiB; without it --most decides")
    parser.add_argument("--epochs", type=int, help="of the training")
    parser.add_argument("--max-iter", type=int, help="passes of the clustering")
    parser.add_argument("--compression", default="snappy", help="of the table: snappy, uncompressed")
    parser.add_argument("-k", type=int, help="clusters")
    parser.add_argument("--titles", default="../shared/data/titles_raw.tsv.gz", help="real titles with a column title")
    parser.add_argument("--gondola", default="bin/gondola")
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("build/scale"), help="for the table, the cache and the output")
    args = parser.parse_args()
    args.folder = args.folder.absolute()  # a relative XDG_CACHE_HOME counts as none

    kind = f"repeats{args.repeats}" if args.repeats else args.bytes
    source = args.folder / f"titles-{args.rows}-{kind}-{args.compression}.parquet"
    if not source.exists():
        (make_repeats if args.repeats else make)(args, source)
    cache, out = args.folder / "cache", args.folder / "tagged.parquet"
    shutil.rmtree(cache, ignore_errors=True)
    out.unlink(missing_ok=True)
    limit = f"{args.limit >> 20} MiB" if args.limit else "not set"
    print(f"{source}: {args.rows:,} rows, {source.stat().st_size / 2**20:,.0f} MiB; GOMEMLIMIT {limit}", flush=True)
    asked = lambda *flags: "".join(f" {name} {value}" for name, value in flags if value is not None)

    steps = run(args, (
        f"load {source} --title title --id id\n"
        "preprocess --stopwords en\n"
        f"train{asked(('--epochs', args.epochs))}\n"
        f"cluster{asked(('-k', args.k), ('--max-iter', args.max_iter))}\n"
        "tag\n"
        f"write {out}\n"), cache)
    wrong = check(args, source, out)

    print(f"\n{'step':<12}{'seconds':>10}{'cpu-s':>10}{'rows/s':>14}{'peak MiB':>10}")
    for step, seconds, cpu, peak in steps:
        print(f"{step:<12}{seconds:>10.1f}{cpu:>10.1f}{args.rows / max(seconds, 1e-3):>14,.0f}{peak / 2**20:>10.0f}")
    highest = max(peak for *_, peak in steps)
    print(f"{'all':<12}{sum(step[1] for step in steps):>10.1f}{sum(step[2] for step in steps):>10.1f}{'':>14}{highest / 2**20:>10.0f}")
    most = args.peak or args.most * args.limit
    if most:
        print(f"peak {highest / 2**20:.0f} MiB; at most {most / 2**20:.0f} MiB are allowed")
    if most and highest > most:
        wrong.append(f"the peak is above {most / 2**20:.0f} MiB")
    if wrong:
        sys.exit("\n".join(wrong))
    shutil.rmtree(cache)


if __name__ == "__main__":
    main()
