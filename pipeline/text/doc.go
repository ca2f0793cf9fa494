// Package text turns a product title into words: it finds them, folds their
// case and spelling, joins singular and plural for counting, and drops what
// does not say what the thing is (stop words, numbers, quantities, units).
//
// It is not a language model and not a search analyser: it knows English stop
// words and plurals, a list of units, and the shape of product titles. Nothing
// is learned and nothing is remembered between titles, so a [Tokenizer] gives
// the same tokens everywhere and may be shared by any number of goroutines.
//
// # What a word is
//
// A run of letters, digits and marks of any script, by Unicode's categories.
// Inside a run these join: an apostrophe before a letter (l'oréal), a hyphen
// (t-shirt, coca-cola), an ampersand between one or two letters (m&m, h&m,
// at&t), and between digits . , / : × (1.5, 1,000, 3/4, 16:9). Everything else
// separates, among it emoji, invalid UTF-8 and control bytes. Format
// characters (soft hyphens, joiners, bidi controls) inside a word vanish from
// its text; the zero-width space separates.
//
// Scripts that are written without blanks (Chinese, Japanese, Thai, Lao,
// Khmer) are not segmented: a run between two separators is one word, up to
// [MaxWordBytes]. Titles of such shops are better segmented before they get
// here.
//
// # The two forms of a word
//
// [Token.Text] is what people are shown: the title's own word, in NFC and
// lower case, accents kept, possessive 's off. [Token.Base] is what is
// counted: the word without accents and apostrophes, irregular plurals put in
// the singular (knives: knife). Whether a regular plural is one, and of which
// word, no rule knows (chips, but ananas; berries of berry, but bougies of
// bougie): [Tokenizer.Singulars] tells what may be, and whoever has seen all
// titles joins a plural to the singular that occurs in them. The counted form
// is so a real word in nearly every case and never a chopped stem (cookie, not
// cooki).
//
// # Phrases
//
// Two words that stand next to each other ([Adjacent]) far more often than by
// chance ([NPMI]) may be counted as one, with [PhraseJoin] between their
// counted forms: ice_cream. That too is for whoever has seen all titles.
package text
