"""Tags titles by what people would take instead of gondola: the peer of
`PEERS=1 make eval`.

Reads JSON lines {"title", "words"} and writes a JSON line {"name", "tags",
"seconds"} for each peer. The candidates are the same words for all.
"""

import json
import sys
import time

import numpy as np
import yake
from minilm import MiniLM

titles = [json.loads(line) for line in sys.stdin]


def report(name, tagger):
    began = time.time()
    tags = tagger()
    json.dump({"name": name, "tags": tags, "seconds": time.time() - began}, sys.stdout)
    print(flush=True)


def by_yake():
    """YAKE's unigrams, the best first, as far as they are candidates."""
    extractor = yake.KeywordExtractor(lan="en", n=1, top=20)
    tags = []
    for t in titles:
        found = [word.lower() for word, _ in extractor.extract_keywords(t["title"])]
        tags.append([w for w in found if w in t["words"]][:2])
    return tags


model = MiniLM()
words = sorted({w for t in titles for w in t["words"]})
place = {w: i for i, w in enumerate(words)}


def by_similarity(target):
    """The candidates whose sentence vector is nearest to the target's: what
    KeyBERT does with single words."""
    vectors = model.encode(words)
    goals = target()
    tags = []
    for t, goal in zip(titles, goals):
        mine = list(dict.fromkeys(t["words"]))
        scores = vectors[[place[w] for w in mine]] @ goal if mine else []
        tags.append([mine[i] for i in np.argsort(-np.asarray(scores), kind="stable")[:2]])
    return tags


report("YAKE, unigrams", by_yake)
report("KeyBERT's way: words nearest to the title, MiniLM", lambda: by_similarity(lambda: model.encode([t["title"] for t in titles])))
kind = "a type of product sold in a shop"
report(f'words nearest to "{kind}", MiniLM', lambda: by_similarity(lambda: np.repeat(model.encode([kind]), len(titles), axis=0)))
