package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"gondola/kernel"
	"gondola/pipeline/simd"
	"gondola/session"
	"gondola/viz"
)

// diagnose is `gondola doctor`: it looks at what gondola needs of this machine,
// and prints a line for each with what mends it.
func diagnose(stdout *os.File) int {
	list := []kernel.Finding{
		{What: "gondola", Detail: versionLine()},
		processor(), sqlFinding(), chartFinding(),
		folderFinding("cache", os.UserCacheDir, "XDG_CACHE_HOME"),
	}
	if path := historyPath(&command{}); path != "" {
		list = append(list, folderFinding("history", func() (string, error) { return filepath.Dir(path), nil }, "XDG_STATE_HOME"))
	} else {
		list = append(list, kernel.Finding{What: "history", Detail: "off"})
	}
	return printFindings(stdout, append(list, kernel.Diagnose(context.Background(), os.LookupEnv, "")...))
}

// diagnoseKernel is `gondola kernel doctor`.
func diagnoseKernel(name string, stdout *os.File) int {
	return printFindings(stdout, kernel.Diagnose(context.Background(), os.LookupEnv, name))
}

// printFindings prints a line for each, and returns the exit code.
func printFindings(stdout *os.File, list []kernel.Finding) int {
	code := 0
	w := screenOf(stdout, "never").writer(stdout)
	for _, f := range list {
		mark, text := "ok", f.Detail
		if f.Trouble != "" {
			mark, text, code = "trouble", f.Trouble, session.StepFailed
			if f.Detail != "" {
				text += " (" + f.Detail + ")"
			}
		}
		fmt.Fprintf(w, "%-8s %-14s %s\n", mark, f.What, viz.CleanLine(text))
	}
	return code
}

// processor says by which instructions vectors are computed.
func processor() kernel.Finding {
	f := kernel.Finding{What: "processor", Detail: fmt.Sprintf("%s, %d threads", runtime.GOARCH, runtime.GOMAXPROCS(0))}
	k, err := kernelsOf(os.Getenv("GONDOLA_CPU"))
	switch {
	case err != nil:
		f.Trouble = err.Error()
	case k != nil:
		f.Detail += ", kernels " + k.Name() + " by GONDOLA_CPU"
	default:
		f.Detail += ", kernels " + simd.Best().Name()
	}
	return f
}

// sqlFinding asks something in SQL.
func sqlFinding() kernel.Finding {
	f := kernel.Finding{What: "SQL"}
	s, err := newSession(nil, session.Config{FrontEnd: "batch", Views: session.NoViews})
	if err == nil {
		err = s.Exec(context.Background(), session.Source{Text: "sql SELECT version() AS v", Unrecorded: true}, func(e session.Event) {
			if t, ok := e.(session.Table); ok && len(t.Rows) > 0 {
				f.Detail = fmt.Sprint("DuckDB ", t.Rows[0][0])
			}
		})
		err = errors.Join(err, s.Close())
	}
	if err != nil {
		f.Trouble = err.Error()
	}
	return f
}

// chartFinding draws a chart.
func chartFinding() kernel.Finding {
	f := kernel.Finding{What: "charts", Detail: viz.ChartLibrary}
	var page bytes.Buffer
	if err := viz.Page(&page, "", nil); errors.Is(err, viz.ErrNoLibrary) {
		f.Trouble = err.Error()
	}
	return f
}

// folderFinding says whether files can be made where gondola keeps them.
func folderFinding(what string, dir func() (string, error), variable string) kernel.Finding {
	path, err := dir()
	f := kernel.Finding{What: what, Detail: path}
	if err == nil {
		err = os.MkdirAll(path, 0o700)
	}
	var probe *os.File
	if err == nil {
		probe, err = os.CreateTemp(path, ".gondola-doctor-*")
	}
	if err == nil {
		_, err = io.WriteString(probe, "x")
		err = errors.Join(err, probe.Close(), os.Remove(probe.Name()))
	}
	if err != nil {
		f.Trouble = fmt.Sprintf("%v: nothing can be kept there; set %s to a folder of yours", err, variable)
	}
	return f
}
