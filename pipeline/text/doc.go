// Package text turns a product title into words: it finds them, folds their
// case and spelling, and drops what does not say what the thing is (stop
// words, numbers, quantities, units).
//
// It is not a language model and not a search analyser: it knows stop words of
// eight languages, English irregular plurals, a list of units, and the shape of
// product titles. Nothing is learned and nothing is remembered between titles,
// so a [Tokenizer] gives the same tokens everywhere and may be shared by any
// number of goroutines.
//
// # What a word is
//
// A run of letters, digits and marks, by Unicode's categories. Inside a run
// these join: an apostrophe before a letter (l'oréal), a hyphen (t-shirt,
// coca-cola), an ampersand between one or two letters (m&m, h&m, at&t), and
// between digits . , / : × (1.5, 1,000, 3/4, 16:9). Everything else separates,
// among it emoji (with all that a joiner ties to them), invalid UTF-8, control
// bytes and NUL. HTML tags and entities are dropped as [Markup], whole and
// without being decoded.
//
// No word holds anything invisible: format characters (soft hyphens, joiners,
// variation selectors, fillers, and those that turn the direction of text)
// vanish from inside a word, and the zero-width space separates. Of many marks
// on one letter eight stay.
//
// # Scripts without blanks
//
// Where Chinese, Japanese, Thai, Lao, Khmer or Burmese begins or ends, a word
// ends: 好丽友Q蒂 is 好丽友, q, 蒂. Then
//
//   - a Chinese run of more than two characters is cut into all pairs of
//     neighbours, 冰红茶 into 冰红 and 红茶. Nothing but a large dictionary tells
//     where words begin, but most have two characters, and pairs that are no
//     words are rare in other titles, so that they seldom become tags;
//   - Katakana and Hiragana runs are words, also between Chinese characters;
//     a single kana is dropped as [SingleLetter]: it is a particle;
//   - Thai, Lao, Khmer and Burmese stay whole from blank to blank. Titles put
//     blanks between their parts, so such a piece can be read, but it seldom
//     occurs twice. Dictionaries to cut them weigh more than this program.
//
// Korean has blanks; its particles stay on.
//
// # Case and spelling
//
// Case is Unicode's simple lower case with the Greek final sigma. For Turkish
// that means that I becomes i, and for counting i, ı, I and İ are one letter.
// Counting also takes these for one: letters with and without accents (Latin
// and Greek), ß and ss, æ and ae, œ and oe, ø and o, full and half width, Arabic
// and Hebrew with and without vowel points, Arabic with tatweel, hamza or madda
// on its alef, Russian ё and е, and a Russian stress. Marks of other scripts, and
// those of й or ガ, make another letter.
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
