package zmtp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// z85Digits are those of https://rfc.zeromq.org/spec/32/: 4 bytes become 5 of
// them.
const z85Digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"

// keySize is the size in bytes of every key; as text it has 40 characters.
const (
	keySize = 32
	keyText = keySize / 4 * 5
)

// encodeZ85 writes a key as text.
func encodeZ85(key *[keySize]byte) string {
	var text [keyText]byte
	for i := range keySize / 4 {
		v := binary.BigEndian.Uint32(key[4*i:])
		for j := 4; j >= 0; j-- {
			text[5*i+j] = z85Digits[v%85]
			v /= 85
		}
	}
	return string(text[:])
}

// decodeZ85 reads a key. An error does not repeat the text, which may be secret.
func decodeZ85(text string) (key [keySize]byte, err error) {
	if len(text) != keyText {
		return key, fmt.Errorf("a key of %d characters: Z85 of 32 bytes has %d", len(text), keyText)
	}
	for i := range keySize / 4 {
		var v uint64
		for _, c := range []byte(text[5*i : 5*i+5]) {
			digit := strings.IndexByte(z85Digits, c)
			if digit < 0 {
				return key, errors.New("a key with a character that is not in Z85")
			}
			v = v*85 + uint64(digit)
		}
		if v > 1<<32-1 {
			return key, errors.New("a key with five characters that are more than 32 bits")
		}
		binary.BigEndian.PutUint32(key[4*i:], uint32(v))
	}
	return key, nil
}
