package text

import (
	"testing"
)

func BenchmarkTokenize(b *testing.B) {
	tok := New(DefaultOptions())
	for name, titles := range map[string][]string{
		"plain":    {"chunky chicken noodle soup", "blue jeans slim fit", "organic baby spinach salad mix", "usb charging cable white"},
		"capitals": {"Chunky Chicken Noodle Soup, 18.6 oz", "Blue Jeans Slim Fit", "Organic Baby Spinach & Salad Mix 12 ct", "USB-C Charging Cable (White)"},
		"wide":     {"Crème brûlée à l’ancienne", "Jalapeño Kettle Chips", "Nestlé Nescafé Gold", "牛肉 ラーメン"},
	} {
		b.Run(name, func(b *testing.B) {
			var tokens []Token
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				tokens = tok.Tokenize(titles[i%len(titles)], tokens[:0])
			}
		})
	}
}
