"""A table of many rows with repeated titles, for tools/scale.py --repeats.

Row i is a title that was not there before with a chance of 1 - repeats, or else
the title of a row before it, each as likely as the other: frequent titles get
more frequent, as in a shop (Yule's process; Simon, On a class of skew
distribution functions, 1955). Which it is comes from a seed.

Titles are kept as numbers until the end: 4 bytes a row. They are written as
Parquet with a dictionary for each row group of a million rows.
"""

import numpy
import pyarrow
import pyarrow.parquet
from pyarrow import compute

GROUP = 1_000_000  # rows of a row group


def choose(rows, repeats, seed):
    """The number of each row's title, counted from 0 in the order in which they are seen."""
    random = numpy.random.default_rng(seed)
    titles = numpy.empty(rows, dtype=numpy.int32)
    known = 0
    for first in range(0, rows, GROUP):
        n = min(GROUP, rows - first)
        fresh = random.random(n) >= repeats
        if first == 0:
            fresh[0] = True
        # A row copies one before it; within this group that one may be a copy as well.
        source = (random.random(n) * (first + numpy.arange(n))).astype(numpy.int64)
        part = numpy.full(n, -1, dtype=numpy.int64)
        part[fresh] = known + numpy.arange(fresh.sum())
        known += int(fresh.sum())
        before = ~fresh & (source < first)
        part[before] = titles[source[before]]
        open_rows = numpy.flatnonzero(part < 0)
        while len(open_rows):
            part[open_rows] = part[source[open_rows] - first]
            open_rows = open_rows[part[open_rows] < 0]
        titles[first:first + n] = part
    return titles, known


class Titles:
    """Any number of different titles, made of those in a Parquet file: when they
    run out, each is taken again with the first words of another behind it."""

    def __init__(self, path):
        self.base = pyarrow.parquet.read_table(path).column(0).cast(pyarrow.string()).unique()
        self.starts = compute.extract_regex(
            compute.fill_null(self.base, ""), r"^(?P<start>\s*\S+(?:\s+\S+)?)").field("start")
        self.starts = compute.fill_null(self.starts, "more")

    def of(self, numbers):
        """The titles of these numbers."""
        n = len(self.base)
        turn, at = numbers // n, numbers % n
        titles = self.base.take(pyarrow.array(at))
        if not turn.any():
            return titles
        other = (at * 104_729 + turn * 7_919) % n
        more = compute.if_else(pyarrow.array(turn > 0), self.starts.take(pyarrow.array(other)), pyarrow.scalar(""))
        joint = compute.if_else(pyarrow.array(turn > 0), pyarrow.scalar(", "), pyarrow.scalar(""))
        return compute.binary_join_element_wise(titles, joint, more, "")


def write(path, titles, numbers, compression="snappy"):
    """Writes id and title, row group by row group."""
    schema = pyarrow.schema([("id", pyarrow.string()), ("title", pyarrow.string())])
    with pyarrow.parquet.ParquetWriter(
            path, schema, compression=compression, use_dictionary=["title"], column_encoding={"id": "DELTA_BYTE_ARRAY"},
            dictionary_pagesize_limit=256 << 20, write_statistics=["id"], data_page_size=1 << 20) as out:
        for first in range(0, len(numbers), GROUP):
            part = numbers[first:first + GROUP]
            different, at = numpy.unique(part, return_inverse=True)
            ids = compute.utf8_lpad(pyarrow.array(numpy.arange(first, first + len(part))).cast(pyarrow.string()), 13, "0")
            out.write_table(pyarrow.table([
                ids, titles.of(different.astype(numpy.int64)).take(pyarrow.array(at)),
            ], schema=schema), row_group_size=GROUP)
