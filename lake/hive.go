package lake

import (
	"strings"
	"unicode/utf8"
)

// Partition is one folder of the form key=value on the way to a file: a
// column whose value is the same in all rows of the file.
type Partition struct {
	Key, Value string
	// Null marks the folder that Hive writes for a missing value.
	Null bool
}

// hiveNull is the folder name that stands for null in every Hive-style lake.
const hiveNull = "__HIVE_DEFAULT_PARTITION__"

// Partitions returns the partitions in the folders of a file's name, outermost
// first. Keys and values are %-decoded; what is not well encoded is left as it
// stands. A key that occurs twice counts where it stands last.
func Partitions(name string) []Partition {
	var out []Partition
	parts := strings.Split(name, "/")
	for _, folder := range parts[:len(parts)-1] {
		p, ok := parsePartition(folder)
		if !ok {
			continue
		}
		kept := out[:0]
		for _, q := range out {
			if q.Key != p.Key {
				kept = append(kept, q)
			}
		}
		out = append(kept, p)
	}
	return out
}

func parsePartition(folder string) (Partition, bool) {
	key, value, ok := strings.Cut(folder, "=")
	if !ok || key == "" {
		return Partition{}, false
	}
	if value == hiveNull {
		return Partition{Key: unescapeHive(key), Null: true}, true
	}
	return Partition{Key: unescapeHive(key), Value: unescapeHive(value)}, true
}

// Folder returns the folder name of the partition, key=value. An empty value
// is written as null, as Hive and Spark do: a folder name cannot end in "=".
func (p Partition) Folder() string {
	if p.Null || p.Value == "" {
		return escapeHive(p.Key) + "=" + hiveNull
	}
	return escapeHive(p.Key) + "=" + escapeHive(p.Value)
}

// hiveSpecial are the characters that Hive escapes in partition names, beside
// control characters.
const hiveSpecial = "\"#%'*/:=?\\{[]^"

func escapeHive(s string) string {
	const hex = "0123456789ABCDEF"
	var out strings.Builder
	for i := range len(s) {
		c := s[i]
		// A leading dot or underscore would hide the folder from readers; bytes
		// that are not UTF-8 are not safe in names.
		hidden := i == 0 && (c == '.' || c == '_')
		if c < 0x20 || c == 0x7f || strings.IndexByte(hiveSpecial, c) >= 0 || hidden || c >= utf8.RuneSelf && !utf8.ValidString(s) {
			out.WriteByte('%')
			out.WriteByte(hex[c>>4])
			out.WriteByte(hex[c&15])
			continue
		}
		out.WriteByte(c)
	}
	return out.String()
}

func unescapeHive(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var out []byte
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			hi, ok1 := unhex(s[i+1])
			lo, ok2 := unhex(s[i+2])
			if ok1 && ok2 {
				out = append(out, hi<<4|lo)
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}

func unhex(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
