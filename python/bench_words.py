"""Trains skip-gram vectors with gensim or fastText on a file of titles, a title
a line, and writes them in word2vec's binary format: a peer of `make bench`.

gensim's time is that of train; building the vocabulary is "prepare". fastText
does both in one call, which is "seconds".
"""

from bench_common import Clock, answer, arguments

import numpy as np


def gensim(a):
    import gensim
    from gensim.models import Word2Vec
    from gensim.models import word2vec

    if a["corpus_file"]:
        corpus = {"corpus_file": a["titles"]}
    else:
        with open(a["titles"], encoding="utf-8") as f:
            corpus = {"corpus_iterable": [line.split() for line in f]}
    model = Word2Vec(
        sg=1, hs=int(a["hs"]), negative=0 if a["hs"] else a["negative"], vector_size=a["dim"], window=a["window"],
        min_count=a["min_count"], sample=a["sample"], epochs=a["epochs"], alpha=a["alpha"], min_alpha=a["min_alpha"],
        seed=a["seed"], workers=a["workers"],
    )
    with Clock() as prepare:
        model.build_vocab(**corpus)
    with Clock() as clock:
        model.train(total_examples=model.corpus_count, total_words=model.corpus_total_words, epochs=a["epochs"], **corpus)
    model.wv.save_word2vec_format(a["out"], binary=True)
    answer(version=f"{gensim.__version__} (FAST_VERSION {word2vec.FAST_VERSION})", seconds=clock.wall, cpu=clock.cpu,
           prepare=prepare.wall, words=len(model.wv))


def fasttext(a):
    from importlib.metadata import version

    import fasttext as ft

    with Clock() as clock:
        model = ft.train_unsupervised(
            a["titles"], model="skipgram", loss="ns", maxn=0, minn=0, dim=a["dim"], ws=a["window"], neg=a["negative"],
            t=a["sample"], epoch=a["epochs"], minCount=a["min_count"], lr=a["alpha"], thread=a["workers"], verbose=0,
        )
    words = [w for w in model.get_words() if w != "</s>"]  # it takes the end of a line for a word
    with open(a["out"], "wb") as f:
        f.write(f"{len(words)} {a['dim']}\n".encode())
        for w in words:
            f.write(w.encode() + b" " + np.asarray(model.get_word_vector(w), dtype="<f4").tobytes())
    answer(version=f"fasttext-wheel {version('fasttext-wheel')}", seconds=clock.wall, cpu=clock.cpu, prepare=0, words=len(words))


given = arguments()
{"gensim": gensim, "fastText": fasttext}[given["peer"]](given)
