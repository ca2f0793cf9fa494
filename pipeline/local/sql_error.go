package local

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gondola/lake"
	"gondola/pipeline"
)

// sqlMessage is an error of DuckDB as its setting errors_as_json writes it.
type sqlMessage struct {
	Type       string `json:"exception_type"`
	Message    string `json:"exception_message"`
	Position   string `json:"position"` // bytes into what was sent; empty when not known
	Subtype    string `json:"error_subtype"`
	Entry      string `json:"type"` // of what is missing: Table, Scalar Function
	Name       string `json:"name"`
	Candidates string `json:"candidates"`
}

// readSQLMessage finds the JSON in the text of an error; false when there is
// none.
func readSQLMessage(err error) (sqlMessage, bool) {
	var m sqlMessage
	text := err.Error()
	at := strings.IndexByte(text, '{')
	if at < 0 || json.NewDecoder(strings.NewReader(text[at:])).Decode(&m) != nil || m.Message == "" {
		return sqlMessage{}, false
	}
	return m, true
}

// queryError makes a *pipeline.QueryError of what DuckDB says of a piece of
// the SQL. before is how many bytes were put before the piece when it was
// sent, names are the results that the SQL could have named.
func queryError(err error, all string, piece sqlToken, before int, names []string) error {
	m, ok := readSQLMessage(err)
	if !ok {
		line, _, _ := strings.Cut(strings.TrimSpace(err.Error()), "\n")
		return &pipeline.QueryError{Message: line, Offset: -1}
	}
	first, rest, _ := strings.Cut(m.Message, "\n")
	q := &pipeline.QueryError{Message: strings.TrimRight(strings.TrimSpace(first), "!."), Offset: -1}
	if at, err := strconv.Atoi(m.Position); err == nil && at >= before && at-before <= len(piece.text) {
		q.Offset = piece.start + at - before
	}
	if q.Offset < 0 {
		q.Offset = offsetOfLiteral(all, piece, m.Message)
	}
	q.Hint = sqlHint(m, rest, names)
	return q
}

// offsetOfLiteral finds the text literal that a message speaks of, such as
// the name of a file that is not there.
func offsetOfLiteral(all string, piece sqlToken, message string) int {
	for _, t := range sqlTokens(all) {
		if t.kind == sqlLiteral && t.start >= piece.start && t.end <= piece.end && len(t.text) > 2 && strings.Contains(message, t.text) {
			return t.start
		}
	}
	return -1
}

// sqlHint is what can be done about an error. The results of the session are
// meant sooner than the tables that DuckDB has by itself.
func sqlHint(m sqlMessage, rest string, names []string) string {
	slices.Sort(names)
	switch {
	case m.Subtype == "MISSING_ENTRY" && m.Entry == "Table":
		if near := lake.Nearest(strings.ToLower(m.Name), names); near != "" && near != m.Name {
			return fmt.Sprintf("did you mean %s?", near)
		}
		if len(names) == 0 {
			return "there is no result yet; a file is written in quotes: FROM 'titles.csv'"
		}
		const most = 12
		shown := names[:min(len(names), most)]
		more := ""
		if len(names) > most {
			more = ", ..."
		}
		return "there are " + strings.Join(shown, ", ") + more + "; a file is written in quotes: FROM 'titles.csv'"
	case m.Candidates != "" && m.Subtype == "COLUMN_NOT_FOUND":
		if near := lake.Nearest(m.Name, strings.Split(m.Candidates, ",")); near != "" {
			return fmt.Sprintf("did you mean %s?", near)
		}
		return "there is " + strings.ReplaceAll(m.Candidates, ",", ", ")
	case m.Candidates != "":
		return "did you mean " + m.Candidates + "?"
	case strings.Contains(m.Message, "has been locked"):
		return "the engine's settings stay as they are"
	case m.Type == "Missing Extension" || strings.Contains(m.Message, "httpfs"):
		return "only local files can be read here"
	case m.Type == "Out of Memory":
		return "fewer columns, or a filter before the join, need less; set memory gives more"
	}
	var hint []string
	for line := range strings.Lines(rest) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "LINE ") {
			break
		}
		hint = append(hint, line)
	}
	return strings.Join(hint, " ")
}
