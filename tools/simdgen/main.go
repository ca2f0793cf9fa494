// Command simdgen writes the assembly of pipeline/simd: for each set of kernels
// a file of instructions and one of Go declarations.
//
//	go run ./simdgen -out ../pipeline/simd
//
// The output depends on the program alone, so that `make lint` can compare.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

// files are what is written: NAME_amd64.s, and NAME_amd64.go with the
// declarations.
var files = []struct {
	name  string
	write func(c *build.Context)
}{
	{"avx2", func(c *build.Context) { rows(newISA(c, "AVX2", 8)) }},
	{"avx512", func(c *build.Context) { rows(newISA(c, "AVX512", 16)) }},
	{"bags_avx2", func(c *build.Context) { bags(newISA(c, "AVX2", 8)) }},
	{"assign_avx2", func(c *build.Context) { assign(newISA(c, "AVX2", 8)) }},
}

// rows writes the kernels over rows of a matrix and over plain slices.
func rows(g *isa) {
	dots(g)
	prefetch(g)
	steps(g)
	dot(g)
	axpy(g)
	peak(g)
}

// bags writes the kernels over bags of rows that tagging has.
func bags(g *isa) {
	sumDots(g)
	meanDistances(g)
}

func main() {
	flags := flag.NewFlagSet("simdgen", flag.ExitOnError) // avo has taken -out of the default set
	out := flags.String("out", ".", "`folder` of package simd")
	_ = flags.Parse(os.Args[1:]) // exits by itself
	if err := run(*out); err != nil {
		fmt.Fprintln(os.Stderr, "simdgen:", err)
		os.Exit(1)
	}
}

func run(out string) error {
	for _, f := range files {
		c := build.NewContext()
		c.ConstraintExpr("amd64")
		f.write(c)
		file, err := c.Result()
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		if err := pass.Compile.Execute(file); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		cfg := printer.Config{Name: "tools/simdgen", Pkg: "simd"}
		asm, err := printer.NewGoAsm(cfg).Print(file)
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		stubs, err := printer.NewStubs(cfg).Print(file)
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		base := filepath.Join(out, f.name+"_amd64")
		if err := errors.Join(os.WriteFile(base+".s", asm, 0o644), os.WriteFile(base+".go", stubs, 0o644)); err != nil {
			return err
		}
	}
	return nil
}
