package text

// MaxWordBytes is the longest word, in bytes of the title. What is longer is
// no word of any product (an encoded blob, a page of text without blanks) and
// is dropped as [TooLong].
const MaxWordBytes = 192

// Reason says why a token is not among the words of its title. The zero value
// [Kept] means that it is.
type Reason uint8

// The reasons, in the order in which they are looked for.
const (
	Kept         Reason = iota
	Markup              // HTML: <b>, </span>, &nbsp;
	TooLong             // over MaxWordBytes
	DropList            // in the user's list of words to drop
	Quantity            // a number with a unit or a shape: 12 oz, 2x500ml, 100%, 10"
	Number              // digits and nothing else: 1999, 3/4, 2nd
	StopWord            // in the tokenizer's stop list
	Unit                // a unit without its number: oz, pack
	SingleLetter        // one letter of an alphabet: the x of "2 x"

	// Reasons is the number of reasons, Kept among them: the length of an
	// array indexed by Reason.
	Reasons
)

// String returns the reason in words, as tables show it.
func (r Reason) String() string {
	switch r {
	case Kept:
		return "kept"
	case Markup:
		return "markup"
	case TooLong:
		return "too long"
	case DropList:
		return "drop list"
	case Quantity:
		return "quantity"
	case Number:
		return "number"
	case StopWord:
		return "stop word"
	case Unit:
		return "unit"
	case SingleLetter:
		return "single letter"
	}
	return "unknown"
}

// Token is one piece of a title, kept or dropped.
type Token struct {
	// Text is the piece as it is shown: NFC, lower case, accents kept,
	// possessive off. Always valid UTF-8. Of a token that is TooLong it is the
	// beginning.
	Text string

	// Base is the form under which the word is counted: Text without accents
	// of Latin and Greek letters and without apostrophes, an irregular plural
	// in the singular; regular plurals stay, see Tokenizer.Singulars. It is set
	// for kept tokens only.
	Base string

	// Start and End are the piece's place in the title, in bytes: the title
	// as it was given, before any folding.
	Start, End int

	// Drop is Kept, or why the token is not a word of the title.
	Drop Reason

	// Head tells whether the token lies in the head of the title, the part
	// that names the thing: see HeadEnd.
	Head bool
}

// HeadLen returns how many of the kept tokens lie in the head of the title.
// Kept words come in order, so it is also where the head ends among them.
func HeadLen(tokens []Token) int {
	n := 0
	for i := range tokens {
		if tokens[i].Drop == Kept && tokens[i].Head {
			n++
		}
	}
	return n
}
