//go:build spark

package artifact

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gondola/internal/need"
	"gondola/pipeline/kmeans"
)

const sparkBothWays = `
import json, sys
from pyspark.sql import SparkSession
from pyspark.ml.feature import Word2Vec, Word2VecModel
from pyspark.ml.clustering import KMeans, KMeansModel
folder, titles = sys.argv[1], json.loads(sys.argv[2])
spark = (SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
         .config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1")
         .config("spark.sql.warehouse.dir", folder + "/warehouse").getOrCreate())
spark.sparkContext.setLogLevel("ERROR")
df = spark.createDataFrame([(i, t) for i, t in enumerate(titles)], ["id", "tokens"]).coalesce(1)
words = Word2VecModel.load(folder + "/ours.spark/word2vec")
centres = KMeansModel.load(folder + "/ours.spark/kmeans")
rows = centres.transform(words.transform(df)).orderBy("id").collect()
w2v = Word2Vec(vectorSize=5, minCount=1, seed=1, inputCol="tokens", outputCol="v").fit(df)
w2v.save(folder + "/theirs")
km = KMeans(k=4, featuresCol="v", seed=1, distanceMeasure="cosine").fit(w2v.transform(df))
km.save(folder + "/theirs-kmeans")
words.save(folder + "/again")
print("ANSWER" + json.dumps({
    "vectors": [list(map(float, r["vector"])) for r in rows], "clusters": [r["cluster"] for r in rows],
    "theirs": {r["word"]: list(map(float, r["vector"])) for r in w2v.getVectors().collect()},
    "centres": [list(map(float, c)) for c in km.clusterCenters()],
    "k": centres.getK(), "size": words.getVectorSize(),
}))
`

// Spark ML loads what we export, and its transform gives our clusters; and we
// load what Spark saved.
func TestSpark(t *testing.T) {
	python := need.Spark(t)
	dir := t.TempDir()
	c := trainSmall(t, receiptTitles(t, 600), 8, 5, "")
	if _, err := (Store{}).Export(t.Context(), filepath.Join(dir, "ours.spark"), c, nil, false); err != nil {
		t.Fatal(err)
	}
	assigner, err := c.NewAssigner(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// Titles all of whose words have vectors: Spark's mean also counts those
	// without, ours does not.
	var titles [][]string
	var rows [][]int32
	var want []int32
	for _, title := range receiptTitles(t, 600) {
		var read Title
		c.Dictionary.Read(title, &read)
		var words []string
		var ids []int32
		for _, id := range read.IDs {
			if row := c.Rows[id]; row >= 0 {
				words, ids = append(words, c.Vectors.Word(int(row))), append(ids, id)
			}
		}
		if len(words) == 0 {
			continue
		}
		titles, rows = append(titles, words), append(rows, c.AppendRows(nil, ids))
		want = append(want, assigner.Assign(ids).Cluster)
	}
	asked, err := json.Marshal(titles)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, "-c", sparkBothWays, dir, string(asked))
	cmd.Stderr = &bytes.Buffer{}
	cmd.Env = append(os.Environ(), "PYSPARK_PYTHON="+python)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, cmd.Stderr)
	}
	_, text, ok := strings.Cut(string(out), "ANSWER")
	if !ok {
		t.Fatalf("no answer in %s", out)
	}
	var got struct {
		Vectors  [][]float64
		Clusters []int32
		Theirs   map[string][]float64
		Centres  [][]float64
		K, Size  int
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if got.K != c.K() || got.Size != c.Dim() || len(got.Clusters) != len(want) {
		t.Fatalf("k %d, size %d, %d rows", got.K, got.Size, len(got.Clusters))
	}
	far := 0
	for i := range want {
		mean := make([]float64, c.Dim())
		for _, row := range rows[i] {
			for d, x := range c.Vectors.Vector(int(row)) {
				mean[d] += float64(x) / float64(len(rows[i]))
			}
		}
		for d := range mean {
			if diff := mean[d] - got.Vectors[i][d]; diff > 1e-5 || diff < -1e-5 {
				t.Fatalf("title %d: Spark's vector %v, ours %v", i, got.Vectors[i], mean)
			}
		}
		if want[i] != got.Clusters[i] {
			far++
		}
	}
	if far > len(want)/500 { // two centres at the same distance but for rounding
		t.Errorf("%d of %d titles are in other clusters", far, len(want))
	}
	v, err := readSparkWords(t.Context(), filepath.Join(dir, "theirs"))
	if err != nil {
		t.Fatal(err)
	}
	if v.Len() != len(got.Theirs) {
		t.Errorf("%d words, Spark has %d", v.Len(), len(got.Theirs))
	}
	for i := range v.Len() {
		for d, x := range got.Theirs[v.Word(i)] {
			if float32(x) != v.Vector(i)[d] {
				t.Fatalf("%q: %v, Spark has %v", v.Word(i), v.Vector(i), got.Theirs[v.Word(i)])
			}
		}
	}
	m, err := ReadSparkCentres(t.Context(), filepath.Join(dir, "theirs-kmeans"))
	if err != nil {
		t.Fatal(err)
	}
	if m.K != len(got.Centres) || m.Metric != kmeans.Cosine {
		t.Errorf("%d centres by %s, Spark has %d", m.K, m.Metric, len(got.Centres))
	}
	for j, centre := range got.Centres {
		for d, x := range centre {
			if float32(x) != m.Centres[j*m.Dim+d] {
				t.Fatalf("centre %d: %v", j, centre)
			}
		}
	}
	again, err := readSparkWords(t.Context(), filepath.Join(dir, "again"))
	if err != nil || again.Len() != c.Words() {
		t.Errorf("ours, saved by Spark: %v", err)
	}
	t.Logf("%d titles, %d in other clusters; %d words and %d centres of Spark read", len(want), far, v.Len(), m.K)
}
