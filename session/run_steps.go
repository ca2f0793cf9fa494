package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"gondola/pipeline"
	"gondola/session/lang"
)

func runLoad(ctx context.Context, inv *invocation) error {
	engine, err := inv.engine(ctx)
	if err != nil {
		return err
	}
	c := inv.call
	step := pipeline.Load{
		URI: c.String("path"), Title: c.String("title"), ID: c.String("id"), Format: c.String("format"),
		Quote: c.String("quote"), Sample: share(c.Sample("sample")), Seed: uint64(c.Int64("seed")),
		Explode: c.String("explode"), ExplodeOuter: c.Bool("explode-outer"),
		Force: c.Bool("force"),
	}
	if inv.planning != nil {
		return inv.plan(ctx, engine, lang.Table, step, nil)
	}
	ds, err := engine.Load(ctx, step, inv.report)
	if err != nil {
		return err
	}
	schema := ds.Schema()
	var guessed []string
	if step.Title == "" {
		guessed = append(guessed, "--title "+lang.Quote(schema.Title))
	}
	if step.ID == "" && schema.ID != "" {
		guessed = append(guessed, "--id "+lang.Quote(schema.ID))
	}
	if len(guessed) > 0 {
		inv.say("guessed %s", strings.Join(guessed, " "))
	}
	for _, column := range schema.LeftOut {
		inv.warn("column %q is left out: %s", column.Name, column.Note)
	}
	if lines, ok := fact(ds.Facts(), "mended", "lines").(int64); ok {
		inv.warn("%s held bytes that are not UTF-8: U+FFFD (\uFFFD) stands for them", plural(int(lines), "line"))
	}
	r := &result{kind: lang.Table, step: step, dataset: ds, source: inv.text}
	if err := inv.show(ctx, engine, r); err != nil {
		return err
	}
	line := fmt.Sprintf("%s, %s; title %s", rowsOf(ds.Len()), plural(len(schema.Columns), "column"), schema.Title)
	if schema.ID != "" {
		line += ", key " + schema.ID
	}
	if !step.Sample.All() {
		line += fmt.Sprintf("; a sample, seed %d", step.Seed)
	}
	var id any
	if schema.ID != "" {
		id = schema.ID
	}
	row := pipeline.NewTable("", pipeline.Col("rows", pipeline.Int), pipeline.Col("columns", pipeline.Strings),
		pipeline.Col("title", pipeline.String), pipeline.Col("id", pipeline.String))
	row.Add(ds.Len(), schema.Names(), schema.Title, id)
	inv.finish(r, line, row)
	return nil
}

func share(s lang.SampleSize) pipeline.Share { return pipeline.Share{Rows: s.Rows, Fraction: s.Share} }

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return pipeline.Thousands(int64(n)) + " " + word + "s"
}

// fact finds a table among the facts by its title, and a value in its first
// row by the column's name; nil when it is not there.
func fact(facts []pipeline.Table, title, column string) any {
	for _, t := range facts {
		if t.Title != title || len(t.Rows) == 0 {
			continue
		}
		for i, c := range t.Columns {
			if c.Name == column {
				return t.Rows[0][i]
			}
		}
	}
	return nil
}

func runPreprocess(ctx context.Context, inv *invocation) error {
	from, engine, err := inv.begin(ctx)
	if err != nil {
		return err
	}
	from = from.at(lang.Table)
	c := inv.call
	step := pipeline.Preprocess{
		StopWords: c.String("stopwords"), Units: c.Bool("units"), Numbers: c.String("numbers"),
		Keep: c.String("keep"), Drop: c.String("drop"), Synonyms: c.String("synonyms"), Force: c.Bool("force"),
	}
	if c.Bool("phrases") { // else they say nothing, and must not make another step of it
		step.Phrases, step.PhraseMinCount, step.PhraseThreshold = true, c.Int("phrase-min-count"), c.Float("phrase-threshold")
	}
	if inv.planning != nil {
		return inv.plan(ctx, engine, lang.Tokens, step, from, from.origin())
	}
	ds, err := engine.Transform(ctx, from.dataset, step, inv.report)
	if err != nil {
		return err
	}
	r := &result{kind: lang.Tokens, from: from, step: step, dataset: ds, source: inv.text}
	if err := inv.show(ctx, engine, r); err != nil {
		return err
	}
	facts := ds.Facts()
	words, distinct := fact(facts, "titles", "words"), fact(facts, "titles", "distinct words")
	empty := fact(facts, "titles", "without words")
	line := fmt.Sprintf("%s, %s words, %s distinct", rowsOf(ds.Len()), number(words), number(distinct))
	if n, ok := empty.(int64); ok && n > 0 {
		line += fmt.Sprintf("; %s titles without a word", number(empty))
	}
	row := pipeline.NewTable("", pipeline.Col("rows", pipeline.Int), pipeline.Col("words", pipeline.Int),
		pipeline.Col("distinct_words", pipeline.Int), pipeline.Col("without_words", pipeline.Int))
	row.Add(ds.Len(), words, distinct, empty)
	inv.finish(r, line, row)
	return nil
}

// viewSeed is the seed of samples in views, so that a run shows the same.
const viewSeed = 42

func number(v any) string {
	switch v := v.(type) {
	case int64:
		return pipeline.Thousands(v)
	case float64:
		return fmt.Sprintf("%.4g", v)
	case nil:
		return "?"
	}
	return fmt.Sprint(v)
}

func runTrain(ctx context.Context, inv *invocation) error {
	from, engine, err := inv.begin(ctx)
	if err != nil {
		return err
	}
	from = from.at(lang.Tokens)
	c := inv.call
	step := pipeline.Word2Vec{
		VectorSize: c.Int("vector-size"), Window: c.Int("window"), MinCount: c.Int("min-count"), Negative: c.Int("negative"),
		HS: c.Bool("hs"), CBOW: c.Bool("cbow"), Subsample: c.Float("subsample"), Epochs: c.Int("epochs"),
		Alpha: c.Float("alpha"), MinAlpha: c.Float("min-alpha"), Shared: c.Int("shared"), Fold: c.Int("fold"), Seed: uint64(c.Int64("seed")), Workers: c.Int("workers"),
		Force: c.Bool("force"),
	}
	if inv.planning != nil {
		return inv.plan(ctx, engine, lang.Vectors, step, from, from.origin())
	}
	model, err := engine.Fit(ctx, from.dataset, step, inv.report)
	if err != nil {
		return err
	}
	words, ok := model.(pipeline.WordModel)
	if !ok {
		return errors.New("train: the engine gave no word vectors")
	}
	facts := model.Facts()
	var loss any
	for i := range facts {
		if facts[i].Title == "loss" && len(facts[i].Rows) > 0 {
			last := facts[i].Rows[len(facts[i].Rows)-1]
			loss = last[len(last)-1]
		}
	}
	r := &result{kind: lang.Vectors, from: from, step: step, dataset: from.dataset, words: words, source: inv.text}
	if err := inv.show(ctx, engine, r); err != nil {
		return err
	}
	line := fmt.Sprintf("%s words x %d", pipeline.Thousands(int64(words.Words())), words.Dim())
	if loss != nil {
		line += ", loss " + number(loss)
	}
	row := pipeline.NewTable("", pipeline.Col("words", pipeline.Int), pipeline.Col("vector_size", pipeline.Int), pipeline.Col("loss", pipeline.Float))
	row.Add(int64(words.Words()), int64(words.Dim()), loss)
	inv.finish(r, line, row)
	return nil
}

// probeWords lists the neighbours of a few frequent words.
func probeWords(words pipeline.WordModel) (*pipeline.Table, error) {
	const probes, neighbours = 6, 6
	t := pipeline.NewTable("neighbours of frequent words", pipeline.Col("word", pipeline.String), pipeline.Col("nearest", pipeline.String))
	for _, word := range words.WordsByPrefix("", probes) {
		near, err := words.MostSimilar([]string{word}, nil, neighbours, "cosine")
		if err != nil {
			return nil, err
		}
		t.Add(word, joinNeighbors(near))
	}
	return t, nil
}

func joinNeighbors(near []pipeline.Neighbor) string {
	names := make([]string, len(near))
	for i, n := range near {
		names[i] = n.Word
	}
	return strings.Join(names, ", ")
}

func runCluster(ctx context.Context, inv *invocation) error {
	from, engine, err := inv.begin(ctx)
	if err != nil {
		return err
	}
	from = from.at(lang.Vectors)
	c := inv.call
	step := pipeline.KMeans{
		Vectors: from.words, K: c.Int("k"), MaxIter: c.Int("max-iter"), Tol: c.Float("tol"),
		Init: c.String("init"), Metric: c.String("metric"), Seed: uint64(c.Int64("seed")), Workers: c.Int("workers"),
		Force: c.Bool("force"),
	}
	if inv.planning != nil {
		return inv.plan(ctx, engine, lang.Clusters, step, from, from.at(lang.Tokens).origin(), from.origin())
	}
	model, err := engine.Fit(ctx, from.dataset, step, inv.report)
	if err != nil {
		return err
	}
	clusters, ok := model.(pipeline.ClusterModel)
	if !ok {
		return errors.New("cluster: the engine gave no clusters")
	}
	ds, err := engine.Transform(ctx, from.dataset, pipeline.Assign{Clusters: clusters}, inv.report)
	if err != nil {
		return err
	}
	facts := model.Facts()
	r := &result{kind: lang.Clusters, from: from, step: step, dataset: ds, words: clusters, clusters: clusters, source: inv.text}
	if err := inv.show(ctx, engine, r); err != nil {
		return err
	}
	inertia, silhouette := fact(facts, "measures", "inertia"), fact(facts, "silhouette", "silhouette")
	without, passes := fact(facts, "measures", "without a vector"), fact(facts, "measures", "passes")
	line := fmt.Sprintf("%s of %s titles, inertia %s", plural(clusters.K(), "cluster"), number(fact(facts, "measures", "titles")), number(inertia))
	if silhouette != nil {
		line += ", silhouette " + number(silhouette)
	}
	if n, ok := without.(int64); ok && n > 0 {
		line += fmt.Sprintf("; %s titles without a vector", number(without))
	}
	if clusters.K() < step.K {
		inv.warn("%d clusters were asked for, and there are only %d different title vectors", step.K, clusters.K())
	}
	row := pipeline.NewTable("", pipeline.Col("clusters", pipeline.Int), pipeline.Col("inertia", pipeline.Float),
		pipeline.Col("silhouette", pipeline.Float), pipeline.Col("passes", pipeline.Int), pipeline.Col("without_vector", pipeline.Int))
	row.Add(int64(clusters.K()), inertia, silhouette, passes, without)
	inv.finish(r, line, row)
	return nil
}

func runTag(ctx context.Context, inv *invocation) error {
	from, engine, err := inv.begin(ctx)
	if err != nil {
		return err
	}
	with, err := inv.tagger(ctx, from)
	if err != nil {
		return err
	}
	from = with.table
	c := inv.call
	step := pipeline.Tag{
		Clusters: with.model.clusters, Method: c.String("method"), Max: c.Int("max"), Near: c.Int("near"),
		Metric: c.String("metric"), Form: c.String("form"), Workers: c.Int("workers"), Force: c.Bool("force"),
	}
	if !c.IsSet("near") {
		step.Near = pipeline.DefaultNear(step.Method)
	}
	if c.IsSet("min-score") {
		step.MinScore, step.HasMin = c.Float("min-score"), true
	}
	if inv.planning != nil {
		return inv.plan(ctx, engine, lang.Tags, step, from, with.input, with.model.origin())
	}
	ds, err := engine.Transform(ctx, from.dataset, step, inv.report)
	if err != nil {
		return err
	}
	r := &result{
		kind: lang.Tags, from: from, step: step, dataset: ds, words: with.model.words, clusters: with.model.clusters, tag: &step, source: inv.text,
	}
	if with.model != from {
		r.model = with.model
	}
	if err := inv.show(ctx, engine, r); err != nil {
		return err
	}
	facts := ds.Facts()
	tagged, coverage := fact(facts, "coverage", "with tags"), fact(facts, "coverage", "coverage")
	distinct := fact(facts, "coverage", "distinct tags")
	line := fmt.Sprintf("%s, %s with tags, %s different tags", rowsOf(ds.Len()), number(tagged), number(distinct))
	if x, ok := coverage.(float64); ok {
		line = fmt.Sprintf("%s, %.1f %% with tags, %s different tags", rowsOf(ds.Len()), 100*x, number(distinct))
	}
	row := pipeline.NewTable("", pipeline.Col("rows", pipeline.Int), pipeline.Col("with_tags", pipeline.Int),
		pipeline.Col("coverage", pipeline.Float), pipeline.Col("distinct_tags", pipeline.Int))
	row.Add(ds.Len(), tagged, coverage, distinct)
	inv.finish(r, line, row)
	return nil
}

func runWrite(ctx context.Context, inv *invocation) error {
	from, engine, err := inv.begin(ctx)
	if err != nil {
		return err
	}
	c := inv.call
	step := pipeline.Write{
		URI: c.String("path"), Format: c.String("format"), Columns: c.List("columns"), Partition: c.List("partition"),
		Mode: c.String("mode"), Compression: c.String("compression"), Raw: c.Bool("raw"),
		Force: c.Bool("force"),
	}
	if inv.planning != nil {
		table, err := tableOrigin(ctx, engine, from)
		if err != nil {
			return err
		}
		return inv.plan(ctx, engine, lang.None, step, from, table)
	}
	return inv.write(ctx, engine, from.dataset, step)
}

// write carries out the step and tells what is there now.
func (inv *invocation) write(ctx context.Context, engine pipeline.Engine, ds pipeline.Dataset, step pipeline.Write) error {
	var written pipeline.Written
	err := inv.overwriting(step.URI, func(mode string) (err error) {
		step.Mode = mode
		written, err = engine.Write(ctx, ds, step, inv.report)
		return err
	})
	if err != nil {
		return err
	}
	files := pipeline.NewTable("files", pipeline.Col("file", pipeline.String), pipeline.Col("rows", pipeline.Int), pipeline.Col("bytes", pipeline.Int))
	for _, f := range written.Files {
		files.Add(f.Name, f.Rows, f.Bytes)
	}
	if len(written.Files) > 1 {
		inv.view(files)
	}
	line := fmt.Sprintf("%s to %s, %s, %s", rowsOf(written.Rows), written.URI, plural(len(written.Files), "file"), pipeline.Size(written.Bytes))
	row := pipeline.NewTable("", pipeline.Col("path", pipeline.String), pipeline.Col("rows", pipeline.Int),
		pipeline.Col("files", pipeline.Int), pipeline.Col("bytes", pipeline.Int))
	row.Add(written.URI, written.Rows, int64(len(written.Files)), written.Bytes)
	inv.cached = written.Origin.Cached
	inv.end(lang.None, "", line, row)
	return nil
}

// overwriting calls write with the mode that was given. When that finds
// something in its place and no mode was given, it asks.
func (inv *invocation) overwriting(path string, write func(mode string) error) error {
	c := inv.call
	err := write(c.String("mode"))
	if errors.Is(err, fs.ErrExist) && !c.IsSet("mode") && inv.ask(Ask{
		Question: path + " exists. Replace it?", Default: "no", Choices: []string{"yes", "no"}, Flag: "--mode overwrite",
	}) == "yes" {
		return write("overwrite")
	}
	return err
}

// writeFile writes a small file of the session itself.
func (inv *invocation) writeFile(ctx context.Context, path string, data []byte) error {
	if inv.session.config.WriteFile == nil {
		return fmt.Errorf("%s: this session writes no files", inv.call.Command.Name)
	}
	return inv.overwriting(path, func(mode string) error {
		err := inv.session.config.WriteFile(ctx, path, data, mode == "overwrite")
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s: %w", path, fs.ErrExist) // and not how that was found out
		}
		return err
	})
}

// ask puts a question; without an answer it returns the default.
func (inv *invocation) ask(q Ask) string {
	answer := q.Default
	q.Answer = func(s string) { answer = s }
	inv.sink(q)
	return answer
}
