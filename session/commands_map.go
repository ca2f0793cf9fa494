package session

import (
	"fmt"

	"gondola/pipeline"
	"gondola/session/lang"
)

// mapCommand shows words or titles in a plane.
func mapCommand() command {
	return command{lang.Command{
		Name: "map", Group: groupLook, Needs: lang.Vectors,
		Summary: "Draw words or titles in a plane, near ones near each other.",
		Details: `Words are the most frequent ones, titles a random sample of the different ones. By umap the plane keeps neighbours
together: groups can be seen, but distances between far groups, and the axes, mean nothing. pca keeps the directions in which
the vectors vary most. The trustworthiness above the map says how far neighbours there are neighbours in truth, 0 to 1.

After cluster the points have the colours of their clusters, which are named in their middles by two words that set them
apart; of more than twelve clusters some share a colour. In a page or a notebook the wheel zooms, pointing at a point tells
what it is, and a box finds points by a part of their name.`,
		Args: []lang.Arg{{
			Name: "what", Type: lang.Choice, Choices: []string{"words", "titles"}, Optional: true,
			Summary: "What to draw; titles by default when there are clusters and rows, else words.",
		}},
		Flags: []lang.Flag{
			{Name: "n", Short: "n", Type: lang.Count, Min: "1", Max: fmt.Sprint(pipeline.MaxProjected), Summary: "Number of words or titles. By default 2,000 words or 5,000 titles, at most."},
			{Name: "color", Type: lang.Choice, Choices: []string{"cluster", "none"}, Default: "cluster", Summary: "What colours tell."},
			{Name: "method", Type: lang.Choice, Choices: []string{pipeline.ProjectUMAP, pipeline.ProjectPCA}, Default: pipeline.ProjectUMAP, Summary: "How places are found."},
			{Name: "metric", Type: lang.Choice, Choices: []string{"cosine", "euclidean"}, Default: "cosine", Summary: "Distance of two vectors."},
			{Name: "n-neighbors", Type: lang.Int, Default: "15", Min: "2", Max: "200", Summary: "umap: near points that each stays with; few show small groups, many the large picture."},
			{Name: "min-dist", Type: lang.Float, Default: "0.1", Min: "0", Max: "1", Summary: "umap: how near points may lie."},
			seedFlag("42", "Seed of the sample and of umap."),
			{Name: "from", Type: lang.Result, Summary: "The vectors or clusters to draw; the last result when not given."},
			outputFlag(),
		},
		Examples: []lang.Example{
			{Code: "load receipts/ | preprocess | train\nmap words -n 300 --method pca"},
			{Code: "load receipts/ | preprocess | train | cluster -k 20\nmap -n 500"},
		},
	}, runMap}
}
