package pipeline_test

import (
	"math"
	"testing"

	"gondola/pipeline"
)

// TestRelevance: at lambda 1 the frequent word leads, at 0 the telling one, and
// both are among the relevant ones; a word of few titles is not.
func TestRelevance(t *testing.T) {
	const inCluster, all = 100, 1000
	terms := []pipeline.Term{
		{Word: "organic", Titles: 60, All: 600},
		{Word: "cheddar", Titles: 20, All: 20},
		{Word: "gouda", Titles: 8, All: 9},
		{Word: "typo", Titles: 1, All: 1},
		{Word: "milk", Titles: 30, All: 200},
	}
	if frequent, telling := terms[0].Relevance(1, inCluster, all), terms[1].Relevance(1, inCluster, all); !(frequent > telling) {
		t.Errorf("lambda 1: organic %.3f, cheddar %.3f", frequent, telling)
	}
	// log(0.2) and log(0.2/0.02), by hand.
	if got, want := terms[1].Relevance(0.5, inCluster, all), 0.5*math.Log(0.2)+0.5*math.Log(10); math.Abs(got-want) > 1e-12 {
		t.Errorf("cheddar at 0.5: %v, want %v", got, want)
	}
	var words []string
	for _, x := range pipeline.Relevant(terms, 2, inCluster, all) {
		words = append(words, x.Word)
	}
	if want := "[organic milk cheddar gouda]"; len(words) != 4 || want != "["+words[0]+" "+words[1]+" "+words[2]+" "+words[3]+"]" {
		t.Errorf("relevant are %v, want %s", words, want)
	}
}
