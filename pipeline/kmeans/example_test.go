package kmeans_test

import (
	"context"
	"fmt"

	"gondola/pipeline/kmeans"
)

// Four words, two of fruit and two of tools, and five titles of them.
func ExampleFit() {
	table := kmeans.Table{Dim: 2, Data: []float32{
		1.0, 0.1, // 0 apple
		0.9, 0.0, // 1 pear
		0.0, 1.0, // 2 hammer
		0.1, 0.8, // 3 saw
	}}
	titles := kmeans.Bags{{0, 1}, {1}, {2, 3}, {3, 3, 2}, {}}
	params := kmeans.DefaultParams()
	params.K = 2

	ctx := context.Background()
	model, err := kmeans.Fit(ctx, table, titles, params, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	assigner, err := model.Assigner(ctx, table, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	scratch := assigner.NewScratch()
	fruit := assigner.Assign([]int32{0}, scratch)
	pear := assigner.Assign(titles[1], scratch)
	saw := assigner.Assign(titles[3], scratch)
	empty := assigner.Assign(titles[4], scratch)
	fmt.Println("sizes", model.Sizes)
	fmt.Println("pear with apple:", pear.Cluster == fruit.Cluster)
	fmt.Println("saw with apple: ", saw.Cluster == fruit.Cluster)
	fmt.Println("no words:", empty.Cluster)
	// Output:
	// sizes [2 2]
	// pear with apple: true
	// saw with apple:  false
	// no words: -1
}

func ExampleSilhouette() {
	table := kmeans.Table{Dim: 1, Data: []float32{0, 1, 10, 11}}
	model := &kmeans.Model{K: 2, Dim: 1, Centres: []float32{0.5, 10.5}, Metric: kmeans.Euclidean}
	s, err := kmeans.Silhouette(context.Background(), table, kmeans.Dense(4), model, 1000, 1, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.3f from %d points\n", s.Mean, s.Sample)
	// Output:
	// 0.900 from 4 points
}

func ExampleParams_Validate() {
	params := kmeans.DefaultParams()
	params.Metric = "manhattan"
	fmt.Println(params.Validate())
	// Output:
	// kmeans: metric = manhattan: must be euclidean or cosine
}
