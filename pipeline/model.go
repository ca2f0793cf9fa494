package pipeline

// Model is what an Estimator learned: small, immutable, held by the client.
type Model interface {
	// Facts returns what training found, as small tables: loss by epoch,
	// sizes of clusters.
	Facts() []Table
	// Origin says how the model came to be.
	Origin() Origin
}

// WordModel knows a vector for each word of its vocabulary.
type WordModel interface {
	Model
	// Words is the size of the vocabulary, Dim that of a vector.
	Words() int
	Dim() int
	// MostSimilar returns the words nearest to the mean of positive minus
	// negative, by "cosine" or "dot"; the words given are left out. A word
	// outside the vocabulary is an error that names close spellings.
	MostSimilar(positive, negative []string, topn int, metric string) ([]Neighbor, error)
	// WordsByPrefix returns up to n words that begin with prefix, the most
	// frequent first.
	WordsByPrefix(prefix string, n int) []string
}

// Neighbor is a word near another or near a centre.
type Neighbor struct {
	Word       string
	Similarity float64
	Count      int64 // occurrences in the titles that it was learned from
}

// ClusterModel knows k centres besides the words.
type ClusterModel interface {
	WordModel
	K() int
	// Inspect describes cluster c, 0 <= c < K, with up to n words and titles
	// of each sort.
	Inspect(c, n int) (Cluster, error)
	// Explain shows how a title is tagged and why. It tokenises the title as
	// its own corpus was.
	Explain(title string, t Tag) (Explanation, error)
	// Terms returns for each cluster the words that are among its n most relevant
	// ones for some lambda, see Relevant.
	Terms(n int) []Term
	// Linkage joins the n largest clusters step by step, always the two groups
	// whose centres are nearest in the mean. clusters are those, the largest
	// first; merges number them by their place there. Time and memory grow with
	// the square of n.
	Linkage(n int) (clusters []int, merges []Merge)
}

// Cluster describes one cluster.
type Cluster struct {
	ID          int
	Titles      int64   // size
	Share       float64 // of all titles that are in a cluster
	Near        []Neighbor
	Distinctive []DistinctiveWord
	Typical     []TypicalTitle
}

// DistinctiveWord is a word that sets a cluster apart from the rest.
type DistinctiveWord struct {
	Word   string
	Titles int64   // of the cluster that hold it
	Lift   float64 // share in the cluster over share in all titles
	Score  float64
}

// TypicalTitle is a title near the centre.
type TypicalTitle struct {
	Title    string
	Distance float64
}

// Explanation is the whole way of one title to its tags.
type Explanation struct {
	Title      string
	Tokens     []Token
	Cluster    int // -1 when no word of the title has a vector
	Distance   float64
	Second     int // the second nearest cluster; -1 when there is none
	SecondDist float64
	Method     string
	Candidates []Candidate // best first
	Tags       []string
}

// Token is a piece of a title.
type Token struct {
	Text    string // as it is shown
	Base    string // the form that is counted
	Dropped string // why it was dropped; empty when it was kept
	Head    bool   // stands in the head of the title
}

// Candidate is a word that could become a tag.
type Candidate struct {
	Word  string
	Score float64
	Parts []Part // sum to Score, where the method has parts
	Tag   bool
	Out   string // why it is no tag
}

// Part is one term of a score: Value x Weight.
type Part struct {
	Name   string
	Value  float64
	Weight float64
}
