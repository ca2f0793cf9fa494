"""Trains skip-gram vectors with gensim on a file of titles, a title a line,
and writes them in word2vec's binary format: the peer of `make eval`."""

import sys

from gensim.models import Word2Vec
from gensim.models.word2vec import LineSentence

titles, out, seed, size, window, min_count, negative, sample, epochs, alpha, min_alpha = sys.argv[1:]
model = Word2Vec(
    LineSentence(titles),
    sg=1,
    hs=0,
    vector_size=int(size),
    window=int(window),
    min_count=int(min_count),
    negative=int(negative),
    sample=float(sample),
    epochs=int(epochs),
    alpha=float(alpha),
    min_alpha=float(min_alpha),
    seed=int(seed),
    workers=2,
)
model.wv.save_word2vec_format(out, binary=True)
