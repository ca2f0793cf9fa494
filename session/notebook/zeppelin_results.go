package notebook

import (
	"encoding/base64"
	"html"
	"strings"
)

// outputsOf are the results of a paragraph: results.msg is a list of parts,
// each with its type. Before version 0.7 result was one such part.
func outputsOf(p Object) []Output {
	results := objectOf(p, "results")
	parts, _ := results["msg"].([]any)
	if results == nil {
		results = objectOf(p, "result")
		parts = []any{Object{"type": results["type"], "data": results["msg"]}}
	}
	stream := "stdout"
	if code := textOf(results, "code"); code == "ERROR" || code == "" && textOf(p, "status") == "ERROR" {
		stream = "stderr"
	}
	var list []Output
	for _, v := range parts {
		part, ok := v.(Object)
		if data := textOf(part, "data"); ok && data != "" {
			list = append(list, resultOf(textOf(part, "type"), data, stream)...)
		}
	}
	if message := textOf(p, "errorMessage"); message != "" && len(list) == 0 {
		list = append(list, Stream("stderr", message))
	}
	return list
}

func resultOf(kind, data, stream string) []Output {
	switch kind {
	case "TEXT":
		return []Output{Stream(stream, data)}
	case "HTML":
		return []Output{Display(Object{"text/html": data})}
	case "TABLE":
		table, comment, _ := strings.Cut(data, "\n<!--TABLE_COMMENT-->\n")
		bundle := Object{"text/plain": table}
		if len(table) <= maxTable {
			bundle["text/html"] = tableHTML(table)
		}
		list := []Output{Display(bundle)}
		if comment != "" {
			list = append(list, Display(Object{"text/html": comment}))
		}
		return list
	case "IMG":
		if mime, picture, ok := pictureOf(data); ok {
			return []Output{Display(Object{mime: picture})}
		}
	}
	return []Output{Display(Object{"text/plain": data})}
}

// maxTable is the size of a table that becomes HTML too, which takes up to ten
// times as much. Zeppelin itself cuts results at 100 KiB.
const maxTable = 4 << 20

// tableHTML draws lines of cells parted by tabs, the first of which are the
// names. Cells are data and never become HTML, whatever they say of
// themselves: Zeppelin shows those that begin with %html as such.
func tableHTML(table string) string {
	var b strings.Builder
	b.WriteString("<table>\n")
	tag := "th"
	for line := range strings.SplitSeq(strings.TrimRight(table, "\r\n"), "\n") {
		b.WriteString("<tr>")
		for cell := range strings.SplitSeq(strings.TrimSuffix(line, "\r"), "\t") {
			b.WriteString("<" + tag + ">" + html.EscapeString(cell) + "</" + tag + ">")
		}
		b.WriteString("</tr>\n")
		tag = "td"
	}
	b.WriteString("</table>\n")
	return b.String()
}

// pictureOf tells the type of a picture in base64 by its first bytes.
func pictureOf(data string) (mime, picture string, ok bool) {
	if at := strings.Index(data, ";base64,"); at >= 0 && at < 40 {
		data = data[at+len(";base64,"):]
	}
	picture = strings.Join(strings.Fields(data), "")
	for _, kind := range []struct{ mime, first string }{
		{"image/png", "iVBORw0KGg"}, {"image/jpeg", "/9j/"}, {"image/gif", "R0lGOD"},
	} {
		if strings.HasPrefix(picture, kind.first) {
			_, err := base64.StdEncoding.DecodeString(picture)
			return kind.mime, picture, err == nil
		}
	}
	return "", "", false
}
