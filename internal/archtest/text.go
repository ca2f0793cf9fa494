package archtest

import (
	"bytes"
	"fmt"
	"regexp"
)

// machinePath matches an absolute path that exists on somebody's machine
// only: a home folder, or a place where a checkout lies. It wants something
// in front that is no part of a longer path or URL.
var machinePath = regexp.MustCompile("(?m)(?:^|[\\s\"'`=:(,])(/(?:root|work|home/\\w+|Users/\\w+)/[^\\s\"'`]*|[A-Z]:\\\\+Users\\\\+\\w+)")

func checkMachinePaths(t *Tree) []Problem {
	var list []Problem
	for _, text := range t.Texts {
		if !mayNameMachine(text.Content) {
			continue
		}
		for _, at := range machinePath.FindAllSubmatchIndex(text.Content, -1) {
			list = append(list, Problem{
				Path: text.Path,
				Line: 1 + bytes.Count(text.Content[:at[2]], []byte("\n")),
				What: fmt.Sprintf("the machine's own path %s", text.Content[at[2]:at[3]]),
			})
		}
	}
	return list
}

// mayNameMachine is a fast first look, as most files have nothing alike.
func mayNameMachine(content []byte) bool {
	for _, part := range [...]string{"root/", "work/", "home/", "Users"} {
		if bytes.Contains(content, []byte(part)) {
			return true
		}
	}
	return false
}
