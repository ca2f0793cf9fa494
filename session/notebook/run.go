package notebook

import "time"

// Run is how a notebook was run.
type Run struct {
	Input, Output string // the files
	Parameters    Object // those that were given from outside
	Start, End    time.Time
	Failed        bool
	Version       string // of the program
}

// SetRun writes the run into the metadata of the notebook, as papermill does,
// so that what reads executed notebooks of papermill reads ours.
func (nb *Notebook) SetRun(r Run) {
	parameters := r.Parameters
	if parameters == nil {
		parameters = Object{}
	}
	set(&nb.Metadata, "papermill", Object{
		"input_path": r.Input, "output_path": r.Output, "parameters": parameters,
		"default_parameters": Object{}, "environment_variables": Object{},
		"start_time": stamp(r.Start), "end_time": stamp(r.End), "duration": seconds(r.Start, r.End),
		"exception": r.Failed, "version": r.Version,
	})
}

// SetRun writes when the cell ran and how it ended: as JupyterLab does when it
// records times, and as papermill does.
func (c *Cell) SetRun(start, end time.Time, failed bool) {
	status := "completed"
	if failed {
		status = "failed"
	}
	set(&c.Metadata, "execution", Object{
		"iopub.status.busy": stampZ(start), "iopub.execute_input": stampZ(start),
		"iopub.status.idle": stampZ(end), "shell.execute_reply": stampZ(end),
	})
	set(&c.Metadata, "papermill", Object{
		"start_time": stamp(start), "end_time": stamp(end), "duration": seconds(start, end),
		"exception": failed, "status": status,
	})
}

// ClearRuns removes the outputs, the numbers in the brackets and what SetRun
// wrote, so that an old result is never taken for a new one.
func (nb *Notebook) ClearRuns() {
	nb.Metadata = with(nb.Metadata, "papermill")
	for i := range nb.Cells {
		c := &nb.Cells[i]
		c.Outputs, c.ExecutionCount = nil, nil
		c.Metadata = with(c.Metadata, "execution", "papermill")
	}
}

// stamp is a time as papermill writes it, and stampZ as Jupyter does.
func stamp(t time.Time) string  { return t.UTC().Format("2006-01-02T15:04:05.000000-07:00") }
func stampZ(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

func seconds(start, end time.Time) float64 { return end.Sub(start).Round(time.Microsecond).Seconds() }
