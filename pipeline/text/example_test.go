package text_test

import (
	"fmt"

	"gondola/pipeline/text"
)

func ExampleTokenizer_Tokenize() {
	tok := text.New(text.DefaultOptions())
	for _, t := range tok.Tokenize("Campbell's Chunky Soups, 2 x 18.6 oz", nil) {
		if t.Drop != text.Kept {
			fmt.Printf("%q is dropped: %s\n", t.Text, t.Drop)
			continue
		}
		fmt.Printf("%s counts as %s, in the head: %v\n", t.Text, t.Base, t.Head)
	}
	fmt.Println("soups may be the plural of", tok.Singulars("soups", nil))
	// Output:
	// campbell counts as campbell, in the head: true
	// chunky counts as chunky, in the head: true
	// soups counts as soups, in the head: true
	// "2 x 18.6 oz" is dropped: quantity
	// soups may be the plural of [soup]
}
