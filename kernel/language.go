package kernel

import (
	"context"
	"unicode/utf16"

	"gondola/kernel/wire"
	"gondola/session/lang"
)

// cursorAt is the byte offset of a cursor. The protocol counts code points, and
// VS Code sends UTF-16 units: where the two differ, the one that stands at the
// end of a word is taken.
func cursorAt(code string, cursor int) int {
	points := lang.ByteOffset(code, cursor)
	units := 0
	for i, r := range code {
		if units >= cursor {
			if i != points && endsWord(code, i) && !endsWord(code, points) {
				return i
			}
			return points
		}
		units += utf16.RuneLen(r)
	}
	return points
}

// endsWord reports whether a word ends at a byte offset.
func endsWord(code string, at int) bool {
	letter := func(c byte) bool {
		return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
	}
	return at > 0 && letter(code[at-1]) && (at == len(code) || !letter(code[at]))
}

// completionItem is JupyterLab's form of a completion that has a type.
type completionItem struct {
	Text      string `json:"text"`
	Type      string `json:"type"`
	Start     int    `json:"start"`
	End       int    `json:"end"`
	Signature string `json:"signature,omitempty"`
}

func complete(_ context.Context, k *Kernel, r *request) (any, error) {
	var in wire.CompleteRequest
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	c := k.session.Complete(in.Code, cursorAt(in.Code, in.CursorPos))
	start, end := lang.RuneOffset(in.Code, c.Start), lang.RuneOffset(in.Code, c.End)
	matches, typed := []string{}, []completionItem{}
	for _, it := range c.Items {
		matches = append(matches, it.Text)
		typed = append(typed, completionItem{Text: it.Text, Type: it.Type, Start: start, End: end, Signature: it.Detail})
	}
	return map[string]any{
		"status": "ok", "matches": matches, "cursor_start": start, "cursor_end": end,
		"metadata": map[string]any{"_jupyter_types_experimental": typed},
	}, nil
}

func inspect(_ context.Context, k *Kernel, r *request) (any, error) {
	var in wire.InspectRequest
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	data := mimeBundle{}
	found, ok := k.session.Inspect(in.Code, cursorAt(in.Code, in.CursorPos))
	if ok {
		data["text/plain"] = found.Text
		if found.Markdown != "" {
			data["text/markdown"] = found.Markdown
		}
	}
	return map[string]any{"status": "ok", "found": ok, "data": data, "metadata": map[string]any{}}, nil
}

func isComplete(_ context.Context, k *Kernel, r *request) (any, error) {
	var in wire.IsCompleteRequest
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	status, indent := k.session.IsComplete(in.Code)
	reply := map[string]any{"status": status}
	if status == lang.StatusIncomplete {
		reply["indent"] = indent
	}
	return reply, nil
}
