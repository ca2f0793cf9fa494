package kernel

import (
	"context"

	"gondola/kernel/wire"
)

// The name and the spelling of the language, as front ends highlight it:
// CodeMirror's shell mode and Pygments' bash colour flags, comments, strings
// and numbers.
const (
	languageName  = "gondola"
	mimeType      = "text/x-gondola"
	fileExtension = ".gnd"
	codeMirror    = "shell"
	pygmentsLexer = "bash"
)

// languageInfo is how a notebook's metadata describe the language.
func languageInfo(version string) map[string]any {
	return map[string]any{
		"name": languageName, "version": version, "mimetype": mimeType, "file_extension": fileExtension,
		"codemirror_mode": codeMirror, "pygments_lexer": pygmentsLexer,
	}
}

func kernelInfo(_ context.Context, k *Kernel, _ *request) (any, error) {
	return map[string]any{
		"status":                 "ok",
		"protocol_version":       wire.Version,
		"implementation":         "gondola",
		"implementation_version": k.options.Version,
		"language_info":          languageInfo(k.options.Version),
		"banner":                 "gondola " + k.options.Version + ": tags for tables of product titles.\nhelp lists the commands; load \"sample:receipts\" loads a sample.",
		"help_links":             []map[string]string{},
		"supported_features":     []string{"kernel subshells"},
		"debugger":               false,
	}, nil
}

func connect(_ context.Context, k *Kernel, _ *request) (any, error) {
	c := k.options.Connection
	return map[string]any{
		"status": "ok", "shell_port": c.ShellPort, "iopub_port": c.IOPubPort, "stdin_port": c.StdinPort, "control_port": c.ControlPort, "hb_port": c.HBPort,
	}, nil
}

func interrupt(_ context.Context, k *Kernel, _ *request) (any, error) {
	k.interrupt()
	return map[string]any{"status": "ok"}, nil
}

func shutdown(_ context.Context, k *Kernel, r *request) (any, error) {
	var in wire.ShutdownRequest
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	k.lanes.interrupt(errShutdown)
	return map[string]any{"status": "ok", "restart": in.Restart}, nil
}
