"""Does what a list of jobs on standard input asks of gensim, as JSON in and out.

{"job": "train", "titles": path, "model": path, "params": arguments of Word2Vec}
    trains on a file of one title a line, words split by spaces, and saves
    model.txt and model.bin. The result is null.
{"job": "answer", "path": path, "binary": bool, "queries": [...]}
    loads a file and answers each query: {"positive": [...], "negative": [...]} or
    {"doesnt_match": [...]}. The result is {"words": [...], "answers": [...]}.
"""

import json
import sys

from gensim.models import KeyedVectors, Word2Vec


def train(titles, model, params):
    with open(titles, encoding="utf8") as lines:
        sentences = [line.split() for line in lines]
    kv = Word2Vec(sentences, **params).wv
    kv.save_word2vec_format(model + ".txt", binary=False)
    kv.save_word2vec_format(model + ".bin", binary=True)


def answer(path, binary, queries):
    kv = KeyedVectors.load_word2vec_format(path, binary=binary)
    answers = []
    for query in queries:
        if query["doesnt_match"]:
            answers.append(kv.doesnt_match(query["doesnt_match"]))
        else:
            answers.append(kv.most_similar(query["positive"] or [], query["negative"] or [], topn=10))
    return {"words": kv.index_to_key, "answers": answers}


jobs = {"train": train, "answer": answer}
json.dump([jobs[job.pop("job")](**job) for job in json.load(sys.stdin)], sys.stdout)
