package word2vec_test

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"gondola/pipeline/word2vec"
)

// Words that stand in the same company get vectors that point the same way.
func ExampleTrain() {
	var titles [][]string
	for range 300 {
		titles = append(titles,
			[]string{"frozen", "pepperoni", "pizza"},
			[]string{"frozen", "margherita", "pizza"},
			[]string{"gaming", "laptop", "computer"},
			[]string{"gaming", "desktop", "computer"},
		)
	}
	corpus, dictionary := word2vec.InMemory(titles)
	params := word2vec.DefaultParams()
	params.VectorSize = 20
	params.Subsample = 0 // all words of so small a corpus are frequent

	model, err := word2vec.Train(context.Background(), corpus, dictionary, params, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	near, err := model.Vectors.MostSimilar([]string{"margherita"}, nil, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(model.Words, "words read; nearest to margherita:", near[0].Word)
	// Output: 18000 words read; nearest to margherita: pepperoni
}

func ExampleKeyedVectors_MostSimilar() {
	kv, err := word2vec.NewKeyedVectors(
		[]string{"pizza", "pasta", "laptop"}, []int64{30, 20, 10},
		2, []float32{3, 1, 2, 1, -1, 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	near, err := kv.MostSimilar([]string{"pizza"}, nil, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, n := range near {
		fmt.Printf("%s %.2f %d\n", n.Word, n.Similarity, n.Count)
	}
	_, err = kv.MostSimilar([]string{"pizzza"}, nil, 2)
	fmt.Println(err)
	// Output:
	// pasta 0.99 20
	// laptop 0.00 10
	// "pizzza" is not in the vocabulary; near spellings: "pizza"
}

func ExampleLoadWord2VecFormat() {
	kv, err := word2vec.NewKeyedVectors([]string{"pizza", "laptop"}, nil, 3, []float32{0.5, 1, -2, 0.1, 0, 1e-5})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := kv.SaveWord2VecFormat(os.Stdout, false); err != nil {
		fmt.Println(err)
		return
	}

	cut := bytes.NewBufferString("2 3\npizza 0.5 1 -2\nlaptop 0.1 ")
	_, err = word2vec.LoadWord2VecFormat(cut, false, word2vec.Limits{})
	fmt.Println(err)
	// Output:
	// 2 3
	// pizza 0.5 1 -2
	// laptop 0.1 0 1e-05
	// load word2vec format: the file ends in row 2 of 2: unexpected EOF
}
