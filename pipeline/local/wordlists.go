package local

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"gondola/pipeline"
	"gondola/pipeline/text"
)

// newTokenizer makes the tokenizer of a step with the lists that it names.
func newTokenizer(p pipeline.Preprocess) (*text.Tokenizer, error) {
	o := text.Options{Units: p.Units, KeepNumbers: p.Numbers == "keep"}
	var err error
	if o.StopWords, err = stopWords(p.StopWords); err != nil {
		return nil, err
	}
	if o.Keep, err = readList("keep", p.Keep, text.ReadWordList); err != nil {
		return nil, err
	}
	if o.Drop, err = readList("drop", p.Drop, text.ReadWordList); err != nil {
		return nil, err
	}
	if o.Synonyms, err = readList("synonyms", p.Synonyms, text.ReadSynonyms); err != nil {
		return nil, err
	}
	if word, both := o.Keep.Common(o.Drop); both {
		return nil, &pipeline.ParamError{Param: "drop", Value: p.Drop, Reason: fmt.Sprintf("has the word %q, which is in %s too: a word is either kept or dropped", word, p.Keep)}
	}
	return text.New(o), nil
}

// stopWords reads languages, "off" or a file.
func stopWords(name string) (*text.WordSet, error) {
	if name == "off" || name == "" {
		return nil, nil //nolint:nilnil // No stop words is a set of them.
	}
	if languages, err := stopLanguages(name); err != nil || languages != nil {
		if err != nil {
			return nil, err
		}
		return text.StopWords(languages...)
	}
	return readList("stopwords", name, text.ReadWordSet)
}

// stopLanguages reads a list of languages; nil means that name is a file. A
// list of which one is a language and another is not is a slip.
func stopLanguages(name string) ([]string, error) {
	known := text.StopWordLanguages()
	var languages []string
	unknown := ""
	for part := range strings.SplitSeq(name, ",") {
		part = strings.ToLower(strings.TrimSpace(part))
		if slices.Contains(known, part) {
			languages = append(languages, part)
		} else {
			unknown = part
		}
	}
	if languages != nil && unknown != "" {
		if _, err := os.Stat(name); err == nil {
			return nil, nil
		}
		return nil, &pipeline.ParamError{Param: "stopwords", Value: name, Reason: fmt.Sprintf("%q is no language with stop words: there are %s", unknown, strings.Join(known, ", "))}
	}
	return languages, nil
}

// readList reads the file of a parameter; without a path it gives nil.
func readList[T any](param, path string, read func(io.Reader) (*T, error)) (*T, error) {
	if path == "" {
		return nil, nil //nolint:nilnil // No file is no list.
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, listError(param, path, err)
	}
	defer func() { _ = f.Close() }() // only read
	list, err := read(f)
	if err != nil {
		return nil, listError(param, path, err)
	}
	return list, nil
}

func listError(param, path string, err error) error {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		err = p.Err // the path stands in the message already
	}
	if param == "stopwords" && errors.Is(err, fs.ErrNotExist) {
		return &pipeline.ParamError{Param: param, Value: path, Reason: fmt.Sprintf("is neither off nor a language (%s), and there is no such file",
			strings.Join(text.StopWordLanguages(), ", "))}
	}
	return &pipeline.ParamError{Param: param, Value: path, Reason: err.Error()}
}

// sumsOfLists are of the files that a step names: their content is part of
// what it makes.
func sumsOfLists(p pipeline.Preprocess) ([]string, error) {
	lists := [][2]string{{"keep", p.Keep}, {"drop", p.Drop}, {"synonyms", p.Synonyms}}
	if languages, err := stopLanguages(p.StopWords); err != nil {
		return nil, err
	} else if languages == nil && p.StopWords != "off" {
		lists = append(lists, [2]string{"stopwords", p.StopWords})
	}
	var sums []string
	for _, list := range lists {
		if list[1] == "" {
			continue
		}
		sum, err := sumOfFile(list[1])
		if err != nil {
			return nil, listError(list[0], list[1], err)
		}
		sums = append(sums, list[0]+" "+sum)
	}
	return sums, nil
}
