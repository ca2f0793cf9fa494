package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"

	"gondola/internal/tageval"
	"gondola/pipeline"
	"gondola/pipeline/text"
)

// peerTitle is what python/peers.py gets of a title, and peerTags what it
// answers: a JSON document a line each.
type peerTitle struct {
	Title string   `json:"title"`
	Words []string `json:"words"` // the candidates: the words that preprocess keeps
}

type peerTags struct {
	Name    string     `json:"name"`
	Tags    [][]string `json:"tags"` // by title, best first, two at most
	Seconds float64    `json:"seconds"`
}

// peers measures what people would take instead, on a seeded sample of the
// labelled titles, beside ranked on the same titles.
func (b *bench) peers(python string) error {
	sample := b.samplePeers()
	progress("peers: %d titles", len(sample))
	tokenizer := text.New(text.DefaultOptions())
	var in bytes.Buffer
	enc := json.NewEncoder(&in)
	for _, i := range sample {
		t := peerTitle{Title: b.corpus.Rows[i].Title, Words: []string{}}
		for _, token := range tokenizer.Tokenize(t.Title, nil) {
			if token.Drop == text.Kept {
				t.Words = append(t.Words, token.Text)
			}
		}
		if err := enc.Encode(t); err != nil {
			return err
		}
	}
	cmd := exec.CommandContext(b.ctx, python, "python/peers.py")
	cmd.Stdin, cmd.Stderr = &in, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("peers: %w", err)
	}
	fmt.Fprintf(b.out, "Beside what people would take instead, on %d of the labelled titles (%s)\n\n", len(sample), tageval.Main)
	fmt.Fprint(b.out, "| tagger | two tags | one tag | titles/s |\n|---|--:|--:|--:|\n")
	dec := json.NewDecoder(bytes.NewReader(out))
	for dec.More() {
		var p peerTags
		if err := dec.Decode(&p); err != nil {
			return err
		}
		b.printPeer(p.Name, sample, p.Tags, fmt.Sprintf("%.0f", float64(len(sample))/p.Seconds))
	}
	words, err := b.train(1)
	if err != nil {
		return err
	}
	clusters, err := b.cluster(words, 1)
	if err != nil {
		return err
	}
	all, err := b.tag(clusters, pipeline.MethodRanked)
	if err != nil {
		return err
	}
	var tags [][]string
	for _, i := range sample {
		tags = append(tags, all.Tags[i])
	}
	b.printPeer("ranked", sample, tags, "-")
	return nil
}

// samplePeers draws labelled titles without the control's.
func (b *bench) samplePeers() []int {
	var labelled []int
	for i, row := range b.corpus.Rows {
		if b.corpus.Labelled(i) && row.Source != tageval.Control {
			labelled = append(labelled, i)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	r.Shuffle(len(labelled), func(i, j int) { labelled[i], labelled[j] = labelled[j], labelled[i] })
	return labelled[:min(b.o.peers, len(labelled))]
}

func (b *bench) printPeer(name string, sample []int, tags [][]string, rate string) {
	var one, two float64
	for n, i := range sample {
		for rank, tag := range tags[n] {
			if rank < 2 && b.corpus.Hit(i, tag) {
				if rank == 0 {
					one++
				}
				two++
				break
			}
		}
	}
	all := float64(len(sample)) / 100
	fmt.Fprintf(b.out, "| %s | %.1f | %.1f | %s |\n", name, two/all, one/all, rate)
}
