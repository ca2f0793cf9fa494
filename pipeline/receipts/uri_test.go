package receipts

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestParseURI(t *testing.T) {
	for in, want := range map[string]Options{
		"sample:receipts":                               {DefaultRows, DefaultSeed},
		"sample:receipts?":                              {DefaultRows, DefaultSeed},
		"sample:receipts?n=200000&seed=7":               {200_000, 7},
		"sample:receipts?seed=0&n=200k":                 {200_000, 0},
		"sample:receipts?n=1M":                          {1_000_000, 1},
		"sample:receipts?n=1.5M":                        {1_500_000, 1},
		"sample:receipts?n=2.3k":                        {2300, 1},
		"sample:receipts?n=1G":                          {1_000_000_000, 1},
		"sample:receipts?n=0":                           {0, 1},
		"sample:receipts?n=999999999999":                {999_999_999_999, 1},
		"sample:receipts?seed=18446744073709551615&n=1": {1, 1<<64 - 1},
	} {
		if got, err := ParseURI(in); err != nil || got != want {
			t.Errorf("ParseURI(%q) = %v, %v, want %v", in, got, err, want)
		}
	}
	for in, want := range map[string]string{
		"receipts":                                      `must begin with "sample:"`,
		"sample:shoes":                                  `no sample is called "shoes"`,
		"sample:receipts/x":                             `no sample is called`,
		"sample:receipts?rows=5":                        `unknown key "rows"; there are n and seed`,
		"sample:receipts?n":                             `"n" lacks a value`,
		"sample:receipts?n=":                            `n="" is no number of rows`,
		"sample:receipts?n=-5":                          `n="-5" is no number of rows`,
		"sample:receipts?n=many":                        `n="many" is no number of rows`,
		"sample:receipts?n=1e6":                         `is no number of rows`,
		"sample:receipts?n=NaN":                         `is no number of rows`,
		"sample:receipts?n=k":                           `is no number of rows`,
		"sample:receipts?n=.":                           `is no number of rows`,
		"sample:receipts?n=1.5":                         `is no whole number of rows`,
		"sample:receipts?n=1001G":                       `is too many`,
		"sample:receipts?n=" + strings.Repeat("9", 400): `is too many`,
		"sample:receipts?seed=-1":                       `no whole number from 0`,
		"sample:receipts?seed=x":                        `no whole number from 0`,
		"sample:receipts?n=5&n=6":                       `"n" is given twice`,
	} {
		_, err := ParseURI(in)
		if !errors.Is(err, ErrURI) || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseURI(%q): error %v, want %q", in, err, want)
		}
	}
	if !IsURI("sample:shoes") || IsURI("samples/receipts.csv") {
		t.Error("IsURI is wrong")
	}
}

// FuzzParseURI: never a panic; what is read is in range, and its own URI
// reads the same.
func FuzzParseURI(f *testing.F) {
	for _, s := range []string{
		"sample:receipts", "sample:receipts?n=200k&seed=7", "sample:receipts?n=1.5M", "sample:receipts?n=%31%30&&seed=%zz",
		"sample:receipts?n=0.0005k", "sample:?n", "sample:receipts?seed=18446744073709551615", "s3://lake/receipts", "sample:receipts?0\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		o, err := ParseURI(s)
		if err != nil {
			if !errors.Is(err, ErrURI) || o != (Options{}) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("ParseURI(%q) = %v, %v", s, o, err)
			}
			return
		}
		if o.Rows < 0 || o.Rows > MaxRows {
			t.Fatalf("ParseURI(%q) = %v", s, o)
		}
		if again, err := ParseURI(o.String()); err != nil || again != o {
			t.Fatalf("%q reads %v, its URI %q reads %v, %v", s, o, o.String(), again, err)
		}
	})
}

func ExampleParseURI() {
	o, err := ParseURI("sample:receipts?n=1.5M&seed=7")
	fmt.Println(o.Rows, o.Seed, err)
	_, err = ParseURI("sample:receipts?rows=10")
	fmt.Println(err)
	// Output:
	// 1500000 7 <nil>
	// bad sample URI "sample:receipts?rows=10": unknown key "rows"; there are n and seed
}
