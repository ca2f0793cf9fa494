package artifact

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gondola/lake"
	"gondola/pipeline"
	"gondola/pipeline/kmeans"
	"gondola/pipeline/word2vec"
)

// The folders of Spark ML models: metadata/part-* with one line of JSON, and
// data/part-*.parquet. Of clusters two models are written, side by side.
const (
	sparkWords   = "org.apache.spark.ml.feature.Word2VecModel"
	sparkCentres = "org.apache.spark.ml.clustering.KMeansModel"

	sparkWordsDir   = "word2vec"
	sparkCentresDir = "kmeans"

	sparkVersion = "4.0.0" // whose layout this is
)

// sparkMetadata is the line of JSON.
type sparkMetadata struct {
	Class           string         `json:"class"`
	Timestamp       int64          `json:"timestamp"` // ms since 1970
	SparkVersion    string         `json:"sparkVersion"`
	UID             string         `json:"uid"`
	ParamMap        map[string]any `json:"paramMap"`
	DefaultParamMap map[string]any `json:"defaultParamMap"`
}

// exportSpark writes a model as a folder that Spark ML loads: of words
// Word2VecModel.load(dir), of clusters also KMeansModel.load(dir/kmeans) beside
// Word2VecModel.load(dir/word2vec).
func exportSpark(ctx context.Context, dir string, words *WordModel, clusters *Clusters, replace bool) (out pipeline.SavedModel, err error) {
	d := realDisk{}
	out = pipeline.SavedModel{
		Path: dir, Format: formatSpark, Kind: KindWords, Words: int64(words.Words()), Dim: int64(words.Dim()), Origin: words.Origin(),
	}
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return out, err
	}
	temp := filepath.Join(parent, fmt.Sprintf("%s%016x", tempPrefix, rand.Uint64()))
	if err := d.Mkdir(temp); err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, d.RemoveAll(temp)) }() // also the old one
	at := temp
	if clusters != nil {
		out.Kind, out.K, out.Origin = KindClusters, int64(clusters.K()), clusters.Origin()
		at = filepath.Join(temp, sparkWordsDir)
		if err := writeSparkCentres(ctx, filepath.Join(temp, sparkCentresDir), clusters); err != nil {
			return out, err
		}
	}
	if err := writeSparkWords(ctx, at, words); err != nil {
		return out, err
	}
	if out.Bytes, err = syncTree(d, temp); err != nil {
		return out, err
	}
	err = d.Rename(temp, dir)
	if errors.Is(err, fs.ErrExist) && replace {
		if !isSpark(dir) {
			return out, fmt.Errorf("%s: it is no model of Spark ML, so it is not replaced: %w", dir, fs.ErrExist)
		}
		err = d.Exchange(temp, dir)
		if errors.Is(err, errors.ErrUnsupported) {
			err = errors.Join(d.RemoveAll(dir), d.Rename(temp, dir))
		}
	}
	if err != nil {
		return out, err
	}
	return out, d.Sync(parent)
}

func isSpark(dir string) bool {
	for _, below := range []string{"", sparkWordsDir} {
		if info, err := os.Stat(filepath.Join(dir, below, "metadata")); err == nil && info.IsDir() {
			return true
		}
	}
	return false
}

// syncTree makes a folder durable and returns the size of its files.
func syncTree(d disk, dir string) (int64, error) {
	var bytes int64
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			bytes += info.Size()
		}
		return d.Sync(path)
	})
	return bytes, err
}

func writeSparkWords(ctx context.Context, dir string, w *WordModel) error {
	p := w.Params
	params := map[string]any{"vectorSize": w.Dim(), "inputCol": pipeline.TokensColumn, "outputCol": "vector"}
	for name, v := range map[string]int{"windowSize": p.Window, "minCount": p.MinCount, "maxIter": p.Epochs} {
		if v > 0 { // vectors of others come without parameters
			params[name] = v
		}
	}
	if p.Alpha > 0 {
		params["stepSize"], params["seed"] = p.Alpha, int64(p.Seed)
	}
	return writeSparkModel(dir, sparkWords, "w2v_", w.Origin(), params, func(f *os.File) error {
		return lake.WriteSparkWords(ctx, f, w.Words(), func(i int) lake.SparkWord {
			return lake.SparkWord{Word: w.Vectors.Word(i), Vector: w.Vectors.Vector(i)}
		})
	})
}

func writeSparkCentres(ctx context.Context, dir string, c *Clusters) error {
	params := map[string]any{
		"k": c.K(), "featuresCol": "vector", "predictionCol": pipeline.ClusterColumn, "distanceMeasure": c.KMeans.Metric,
	}
	return writeSparkModel(dir, sparkCentres, "kmeans_", c.Origin(), params, func(f *os.File) error {
		return lake.WriteSparkCentres(ctx, f, c.K(), func(i int) lake.SparkCentre {
			values := make([]float64, c.Dim())
			for d, x := range c.KMeans.Centres[i*c.Dim() : (i+1)*c.Dim()] {
				values[d] = float64(x)
			}
			return lake.SparkCentre{ClusterIdx: int32(i), ClusterCenter: &lake.SparkVector{Type: 1, Values: values}}
		})
	})
}

func writeSparkModel(dir, class, uid string, o pipeline.Origin, params map[string]any, data func(*os.File) error) error {
	made := o.Made
	if made.IsZero() {
		made = time.Now()
	}
	line, err := json.Marshal(sparkMetadata{
		Class: class, Timestamp: made.UnixMilli(), SparkVersion: sparkVersion, UID: uid + fmt.Sprintf("%012x", rand.Uint64()>>16),
		ParamMap: params, DefaultParamMap: map[string]any{},
	})
	if err != nil {
		return err
	}
	for _, sub := range []string{"metadata", "data"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o777); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "metadata", "part-00000"), append(line, '\n'), 0o666); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, "data", "part-00000.parquet"))
	if err != nil {
		return err
	}
	return errors.Join(data(f), f.Close())
}

// importSpark reads a folder of Spark ML: a Word2VecModel, also one that stands
// beside a KMeansModel, whose centres alone do not say how to tag.
func importSpark(ctx context.Context, dir string) (pipeline.Model, pipeline.SavedModel, error) {
	out := pipeline.SavedModel{Path: dir, Format: formatSpark}
	at := dir
	if _, err := os.Stat(filepath.Join(dir, "metadata")); errors.Is(err, fs.ErrNotExist) {
		at = filepath.Join(dir, sparkWordsDir)
	}
	v, err := readSparkWords(ctx, at)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, out, &pipeline.ParamError{Param: "name", Value: dir, Reason: "the folder holds no model of gondola or Spark ML"}
	}
	if err != nil {
		return nil, out, err
	}
	return imported(v, out)
}

func readSparkWords(ctx context.Context, dir string) (*word2vec.KeyedVectors, error) {
	if _, err := readSparkMetadata(dir, sparkWords); err != nil {
		return nil, err
	}
	var words []string
	var data []float32
	dim := 0
	err := eachSparkPart(dir, func(f *os.File, size int64) error {
		return lake.ReadSparkWords(ctx, f, size, f.Name(), func(w lake.SparkWord) error {
			if dim == 0 {
				dim = len(w.Vector)
			}
			if len(w.Vector) != dim || dim == 0 {
				return fmt.Errorf("%q has a vector of %d numbers, others of %d", clip(w.Word), len(w.Vector), dim)
			}
			words, data = append(words, w.Word), append(data, w.Vector...)
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	v, err := word2vec.NewKeyedVectors(words, nil, dim, data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return v, nil
}

// ReadSparkCentres reads a KMeansModel of Spark ML: centres by their numbers
// and the metric. Sizes and inertia are no part of it.
func ReadSparkCentres(ctx context.Context, dir string) (*kmeans.Model, error) {
	meta, err := readSparkMetadata(dir, sparkCentres)
	if err != nil {
		return nil, err
	}
	var rows []lake.SparkCentre
	err = eachSparkPart(dir, func(f *os.File, size int64) error {
		return lake.ReadSparkCentres(ctx, f, size, f.Name(), func(c lake.SparkCentre) error {
			rows = append(rows, c)
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	m := &kmeans.Model{K: len(rows), Metric: kmeans.Euclidean}
	for _, params := range []map[string]any{meta.DefaultParamMap, meta.ParamMap} {
		if metric, ok := params["distanceMeasure"].(string); ok {
			m.Metric = metric
		}
	}
	if m.Metric != kmeans.Euclidean && m.Metric != kmeans.Cosine {
		return nil, corrupt(dir, "distanceMeasure %q", clip(m.Metric))
	}
	slices.SortFunc(rows, func(a, b lake.SparkCentre) int { return cmp.Compare(a.ClusterIdx, b.ClusterIdx) })
	for i, row := range rows {
		values, err := dense(row.ClusterCenter, m.Dim)
		if int(row.ClusterIdx) != i {
			err = fmt.Errorf("%d stands where %d should", row.ClusterIdx, i)
		}
		if err != nil {
			return nil, corrupt(dir, "centre %d: %w", i, err)
		}
		m.Dim = len(values)
		for _, x := range values {
			if math.IsNaN(x) || math.Abs(x) > math.MaxFloat32 {
				return nil, corrupt(dir, "centre %d holds %v", i, x)
			}
			m.Centres = append(m.Centres, float32(x))
		}
	}
	m.Sizes = make([]int64, m.K)
	return m, nil
}

// maxSparkDim bounds what a sparse vector, whose size is only a number, asks for.
const maxSparkDim = 1 << 16

// dense returns the values of a vector, which must have dim of them, unless
// dim is 0.
func dense(v *lake.SparkVector, dim int) ([]float64, error) {
	if v == nil {
		return nil, errors.New("none")
	}
	values := v.Values
	if v.Type == 0 {
		if v.Size == nil || *v.Size < 0 || *v.Size > maxSparkDim || len(v.Indices) != len(v.Values) {
			return nil, errors.New("a sparse vector of no size")
		}
		values = make([]float64, *v.Size)
		for i, at := range v.Indices {
			if at < 0 || at >= *v.Size {
				return nil, fmt.Errorf("a value at %d of %d", at, *v.Size)
			}
			values[at] = v.Values[i]
		}
	}
	if len(values) == 0 || dim > 0 && len(values) != dim {
		return nil, fmt.Errorf("%d numbers, others have %d", len(values), dim)
	}
	return values, nil
}

// readSparkMetadata reads and checks the line of JSON.
func readSparkMetadata(dir, class string) (*sparkMetadata, error) {
	parts, err := sparkParts(filepath.Join(dir, "metadata"))
	if err != nil {
		return nil, err
	}
	if len(parts) != 1 {
		return nil, corrupt(dir, "%d files of metadata, want 1", len(parts))
	}
	text, err := readSmall(parts[0], 1<<20)
	if err != nil {
		return nil, err
	}
	m := &sparkMetadata{}
	if err := json.Unmarshal(text, m); err != nil {
		return nil, corrupt(parts[0], "%w", err)
	}
	if m.Class != class {
		return nil, fmt.Errorf("%s: a model of class %q, not %s", dir, clip(m.Class), class)
	}
	return m, nil
}

// sparkParts lists the parts of a folder as Spark reads it: names that begin
// with _ or . are passed over.
func sparkParts(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var parts []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "part-") && !e.IsDir() {
			parts = append(parts, filepath.Join(dir, e.Name()))
		}
	}
	return parts, nil
}

func eachSparkPart(dir string, fn func(f *os.File, size int64) error) error {
	parts, err := sparkParts(filepath.Join(dir, "data"))
	if err != nil {
		return err
	}
	if len(parts) == 0 {
		return corrupt(dir, "no parts of data")
	}
	for _, part := range parts {
		f, err := openRegular(part)
		if err != nil {
			return err
		}
		info, err := f.Stat()
		if err == nil {
			err = fn(f, info.Size())
		}
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}
