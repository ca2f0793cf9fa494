package pipeline

import "context"

// Engine carries out steps. Implementations: pipeline/local in this process;
// others later. pipeline/enginetest is the suite that each must pass.
//
// Every method checks its step with Validate first, takes its context
// seriously (an answer within a second of a cancel, as context.Cause(ctx)),
// and changes nothing that it does not return: a failed call leaves no
// dataset, no model and no file behind.
type Engine interface {
	// Load opens the table. Errors name the file and, where it is at fault,
	// the column.
	Load(ctx context.Context, l Load, report Report) (Dataset, error)
	// Transform derives a dataset with the same rows in the same order.
	Transform(ctx context.Context, ds Dataset, t Transformer, report Report) (Dataset, error)
	// Fit learns a model. Word2Vec and KMeans need a preprocessed dataset.
	Fit(ctx context.Context, ds Dataset, e Estimator, report Report) (Model, error)
	// Select computes rows or aggregates in the engine.
	Select(ctx context.Context, ds Dataset, s Selection, report Report) (*Table, error)
	// Write writes the dataset: the same rows in the same order, all or
	// nothing.
	Write(ctx context.Context, ds Dataset, w Write, report Report) (Written, error)
	// Plan says what the step would do to inputs of these origins, and does
	// nothing. The inputs of Load are none; of Word2Vec a dataset; of KMeans a
	// dataset and vectors; of Assign and Tag a dataset and clusters.
	Plan(ctx context.Context, s Step, inputs ...Origin) (Plan, error)
	// Close releases what the engine holds. Datasets are invalid afterwards.
	Close() error
}
