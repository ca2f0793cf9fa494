package wire

import "encoding/json"

// The contents of the requests that a kernel reads, by their message types. A
// field that is left out has the value that the protocol gives it.

// ExecuteRequest asks for a cell to be run.
type ExecuteRequest struct {
	Code            string            `json:"code"`
	Silent          bool              `json:"silent"`
	StoreHistory    *bool             `json:"store_history"` // true by default
	UserExpressions map[string]string `json:"user_expressions"`
	AllowStdin      *bool             `json:"allow_stdin"`   // true by default
	StopOnError     *bool             `json:"stop_on_error"` // true by default
}

// CompleteRequest asks what can stand at a cursor, and InspectRequest what
// stands there. The cursor counts code points.
type CompleteRequest struct {
	Code      string `json:"code"`
	CursorPos int    `json:"cursor_pos"`
}

// InspectRequest asks what stands at a cursor.
type InspectRequest struct {
	Code        string `json:"code"`
	CursorPos   int    `json:"cursor_pos"`
	DetailLevel int    `json:"detail_level"`
}

// IsCompleteRequest asks whether code can be run as it is.
type IsCompleteRequest struct {
	Code string `json:"code"`
}

// HistoryRequest asks for what was run.
type HistoryRequest struct {
	Output         bool   `json:"output"`
	Raw            bool   `json:"raw"`
	HistAccessType string `json:"hist_access_type"` // range, tail or search
	Session        int    `json:"session"`          // of range: 0 is this one, negative ones count backwards
	Start          int    `json:"start"`            // of range
	Stop           *int   `json:"stop"`             // of range; its end when there is none
	N              int    `json:"n"`                // of tail and search
	Pattern        string `json:"pattern"`          // of search: a glob over a whole input
	Unique         bool   `json:"unique"`           // of search
}

// CommInfoRequest asks for the open comms, of one target if it names one.
type CommInfoRequest struct {
	TargetName string `json:"target_name"`
}

// CommOpen opens a comm, from either side.
type CommOpen struct {
	CommID     string          `json:"comm_id"`
	TargetName string          `json:"target_name"`
	Data       json.RawMessage `json:"data,omitempty"`
}

// CommMsg is a message of an open comm.
type CommMsg struct {
	CommID string          `json:"comm_id"`
	Data   json.RawMessage `json:"data,omitempty"`
}

// ShutdownRequest asks the kernel to end.
type ShutdownRequest struct {
	Restart bool `json:"restart"`
}

// InputReply is the answer of a person.
type InputReply struct {
	Value string `json:"value"`
}

// SubshellRequest names a subshell.
type SubshellRequest struct {
	SubshellID string `json:"subshell_id"`
}

// Or returns the value of a field that may be left out.
func Or(p *bool, otherwise bool) bool {
	if p == nil {
		return otherwise
	}
	return *p
}
