// Package tag chooses the words of a title that say what the thing is.
//
// Three taggers, all over word vectors (rows x dim) and k centres of title
// vectors (k x dim):
//
//   - ranked, the default: every word of the title is scored by six parts and
//     the best are taken. It answers for nearly every title.
//   - near: the words nearest to each centre are computed once; a title gets
//     those near words of its cluster that occur in it.
//   - title: the words nearest to the title's own mean vector; slow, kept for
//     comparison.
//
// Beside them stand the statistics they need ([Counter], [Stats]), the words
// that set a cluster apart ([Stats.Distinctive]) and the fit of ranked's
// weights ([FitWeights]).
//
// It knows no strings. A word is an id of the corpus dictionary, in which all
// words have one, also those too rare for a vector; a title is the ids of its
// kept words. It reads no files and trains nothing: vectors and centres come
// from elsewhere.
package tag
