package lang

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Value is one argument or flag of a Call, read by its type.
type Value struct {
	// Text is the value as written, its parameters in place.
	Text string
	// Span is where it is written, flag included; zero for a default.
	Span Span
	// Quoted says that it began in quotes.
	Quoted bool

	isSet bool // by the user, not by a default
	whole int64
	real  float64
	list  []string
	rows  SampleSize
	ref   RefTo
}

// SampleSize is a sample of rows: a share of them or a number of them. The zero
// value is no sample: all rows.
type SampleSize struct {
	Share float64 // above 0, at most 1; 0 when Rows counts
	Rows  int64   // 0 when Share counts
}

// All reports whether no sample was asked for.
func (s SampleSize) All() bool { return s == SampleSize{} }

// String writes the sample as a user would: "1%", "5000"; "" for all rows.
func (s SampleSize) String() string {
	switch {
	case s.Share > 0:
		return strconv.FormatFloat(math.Round(s.Share*1e8)/1e6, 'f', -1, 64) + "%"
	case s.Rows > 0:
		return strconv.FormatInt(s.Rows, 10)
	}
	return ""
}

// RefTo is what a Ref means.
type RefTo int

// What a Ref can mean.
const (
	// RefWord is a word of the vocabulary.
	RefWord RefTo = iota
	// RefResult is a named result.
	RefResult
	// RefLast is the last result, "-".
	RefLast
	// RefCluster is a cluster by its number.
	RefCluster
)

// parseValue reads text as a value of f. Its error is a reason that does not
// name the flag: the caller puts the name before it.
func parseValue(f *Flag, text string, quoted bool) (Value, error) {
	v := Value{Text: text, Quoted: quoted}
	return v, v.fill(f)
}

// fill reads the value's text and checks it against the bounds of f and its
// own check.
func (v *Value) fill(f *Flag) error {
	if err := v.read(f); err != nil {
		return err
	}
	if err := f.inBounds(v); err != nil {
		return err
	}
	if f.Check != nil {
		return f.Check(v.Text)
	}
	return nil
}

// read fills v from its text by the type of f.
func (v *Value) read(f *Flag) (err error) {
	text := v.Text
	switch f.Type {
	case Int:
		v.whole, err = parseInt(text)
		v.real = float64(v.whole)
	case Count:
		v.whole, err = parseCount(text)
		v.real = float64(v.whole)
	case Size:
		v.whole, err = ParseSize(text)
		v.real = float64(v.whole)
	case Duration:
		var d time.Duration
		d, err = parseDuration(text)
		v.whole, v.real = int64(d), float64(d)
	case Float:
		v.real, err = parseFloat(text)
	case Bool:
		v.whole, err = parseBool(text)
	case Sample:
		v.rows, err = parseSample(text)
	case Choice:
		return inChoices(text, f.Choices)
	case Cluster:
		v.whole, err = parseCluster(text)
	case List:
		return v.readList(f)
	case Path, Result, Ref, Word, Column, Parameter, Topic:
		if strings.TrimSpace(text) == "" {
			return errors.New("is empty")
		}
		if f.Type == Ref && !v.Quoted && isClusterName(text) {
			v.whole, err = parseCluster(text)
		}
	}
	return err
}

// readList reads the items of a list, split before when they come from a
// word of the source.
func (v *Value) readList(f *Flag) error {
	if v.list == nil {
		v.list, _ = Lexeme{Parts: []Part{{Text: v.Text}}}.items(nil)
	}
	one := &Flag{Type: f.Of, Choices: f.Choices}
	for i, item := range v.list {
		item = strings.TrimSpace(item)
		v.list[i] = item
		if item == "" {
			return errors.New("has an empty item; write a,b,c")
		}
		if _, err := parseValue(one, item, false); err != nil {
			return err
		}
	}
	return nil
}

// inChoices checks a value against choices.
func inChoices(text string, choices []string) error {
	for _, c := range choices {
		if c == text {
			return nil
		}
	}
	return fmt.Errorf("%s is not one of %s", mention(text), strings.Join(choices, ", "))
}

// inBounds checks Min and Max of f.
func (f *Flag) inBounds(v *Value) error {
	above, low := strings.CutPrefix(f.Min, ">")
	below, high := strings.CutPrefix(f.Max, "<")
	tooLow, tooHigh := false, false
	if f.Min != "" {
		if m, err := measure(f.Type, above); err == nil {
			tooLow = v.real < m || low && v.real == m
		}
	}
	if f.Max != "" {
		if m, err := measure(f.Type, below); err == nil {
			tooHigh = v.real > m || high && v.real == m
		}
	}
	switch {
	case !tooLow && !tooHigh:
		return nil
	case f.Min != "" && f.Max != "" && !low && !high:
		return fmt.Errorf("%s is not between %s and %s", mention(v.Text), f.Min, f.Max)
	case tooLow && low:
		return fmt.Errorf("%s is not above %s", mention(v.Text), above)
	case tooLow:
		return fmt.Errorf("%s is below the least, %s", mention(v.Text), f.Min)
	case high:
		return fmt.Errorf("%s is not below %s", mention(v.Text), below)
	}
	return fmt.Errorf("%s is above the most, %s", mention(v.Text), f.Max)
}

// measure is the number by which values of a type are compared: bytes,
// nanoseconds, or the number itself.
func measure(t Type, text string) (float64, error) {
	v := Value{Text: text}
	switch t {
	case Int, Count, Float, Size, Duration:
		err := v.read(&Flag{Type: t})
		return v.real, err
	}
	return 0, errors.New("a value of this type has no bounds")
}

// mention quotes text of the user for a message.
func mention(text string) string { return strconv.Quote(excerpt(text)) }

// plainDigits takes the "_" out of 1_000_000.
func plainDigits(text string) string {
	if strings.IndexByte(text, '_') < 0 {
		return text
	}
	var b strings.Builder
	for i := range len(text) {
		if text[i] == '_' && i > 0 && i < len(text)-1 && isDigit(text[i-1]) && isDigit(text[i+1]) {
			continue
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func parseInt(text string) (int64, error) {
	n, err := strconv.ParseInt(plainDigits(text), 10, 64)
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, strconv.ErrRange):
		return 0, fmt.Errorf("%s is too large", mention(text))
	}
	return 0, fmt.Errorf("%s is not a whole number such as 5", mention(text))
}

func parseFloat(text string) (float64, error) {
	digits := plainDigits(text)
	x, err := strconv.ParseFloat(digits, 64)
	switch {
	case strings.ContainsAny(digits, "xXpP_") || err == nil && (math.IsNaN(x) || math.IsInf(x, 0)):
	case err == nil:
		return x, nil
	case errors.Is(err, strconv.ErrRange):
		return 0, fmt.Errorf("%s is too large", mention(text))
	}
	return 0, fmt.Errorf("%s is not a number such as 0.025", mention(text))
}

// scaled reads a number before a unit that stands for factor.
func scaled(number string, factor float64) (n int64, ok bool) {
	if w, err := strconv.ParseInt(number, 10, 64); err == nil && w >= 0 && float64(w)*factor < math.MaxInt64 {
		return w * int64(factor), true
	}
	x, err := parseFloat(number)
	if err != nil || x < 0 || x*factor >= math.MaxInt64 {
		return 0, false
	}
	return int64(math.Round(x * factor)), true
}

// unit splits text into the number before and the letters at its end.
func unit(text string) (number, letters string) {
	i := len(text)
	for i > 0 && (text[i-1] >= 'a' && text[i-1] <= 'z' || text[i-1] >= 'A' && text[i-1] <= 'Z' || text[i-1] == '%') {
		i--
	}
	return plainDigits(text[:i]), text[i:]
}

func parseCount(text string) (int64, error) {
	number, letters := unit(text)
	factor, known := 1.0, true
	switch letters {
	case "":
		n, err := strconv.ParseInt(number, 10, 64)
		if err == nil && n >= 0 {
			return n, nil
		}
		known = false
	case "k", "K":
		factor = 1e3
	case "m", "M":
		factor = 1e6
	case "g", "G", "b", "B":
		factor = 1e9
	default:
		known = false
	}
	if n, ok := scaled(number, factor); known && ok {
		return n, nil
	}
	return 0, fmt.Errorf("%s is not a count such as 5000, 100k or 1.5M", mention(text))
}

// ParseSize reads a number of bytes: 512, 64MB (1000), 4GiB (1024).
func ParseSize(text string) (int64, error) {
	number, letters := unit(text)
	power, base := 0, 1000.0
	switch s := strings.ToLower(letters); s {
	case "", "b":
	case "kb", "mb", "gb", "tb":
		power = strings.IndexByte("kmgt", s[0]) + 1
	case "kib", "mib", "gib", "tib":
		power, base = strings.IndexByte("kmgt", s[0])+1, 1024
	case "k", "m", "g", "t":
		s = strings.ToUpper(s)
		return 0, fmt.Errorf("%s can be read two ways; write %s%siB (1024) or %s%sB (1000)", mention(text), number, s, number, s)
	default:
		return 0, fmt.Errorf("%s is not a size such as 64MB or 4GiB", mention(text))
	}
	if n, ok := scaled(number, math.Pow(base, float64(power))); ok && (power > 0 || !strings.Contains(number, ".")) {
		return n, nil
	}
	return 0, fmt.Errorf("%s is not a size such as 64MB or 4GiB", mention(text))
}

func parseSample(text string) (SampleSize, error) {
	number, letters := unit(text)
	if letters == "%" {
		x, err := parseFloat(number)
		if err == nil && x > 0 && x <= 100 {
			return SampleSize{Share: x / 100}, nil
		}
		return SampleSize{}, fmt.Errorf("%s is not a share above 0%% and up to 100%%", mention(text))
	}
	n, err := parseCount(text)
	if err == nil && n > 0 {
		return SampleSize{Rows: n}, nil
	}
	if x, err := parseFloat(text); err == nil && x > 0 && x < 1 {
		return SampleSize{}, fmt.Errorf("%s is a fraction; write %s", mention(text), SampleSize{Share: x})
	}
	return SampleSize{}, fmt.Errorf("%s is not a sample such as 1%%, 100k or 5000", mention(text))
}

func parseDuration(text string) (time.Duration, error) {
	days, rest := time.Duration(0), text
	if n, after, ok := strings.Cut(text, "d"); ok {
		d, err := strconv.ParseUint(n, 10, 16)
		if err != nil {
			return 0, fmt.Errorf("%s is not a time such as 10m, 1h30m or 2d", mention(text))
		}
		days, rest = time.Duration(d)*24*time.Hour, after
	}
	if rest == "" && rest != text {
		return days, nil
	}
	d, err := time.ParseDuration(rest)
	if err != nil || d < 0 || days+d < 0 {
		return 0, fmt.Errorf("%s is not a time such as 10m, 1h30m or 2d", mention(text))
	}
	return days + d, nil
}

func parseBool(text string) (int64, error) {
	switch strings.ToLower(text) {
	case "on", "true", "yes", "1":
		return 1, nil
	case "off", "false", "no", "0":
		return 0, nil
	}
	return 0, fmt.Errorf("%s is neither on nor off", mention(text))
}

func parseCluster(text string) (int64, error) {
	if isClusterName(text) {
		if n, err := strconv.ParseInt(text[1:], 10, 32); err == nil {
			return n, nil
		}
	}
	return 0, fmt.Errorf("%s is not a cluster such as c17", mention(text))
}
