// Package viz shows small tables and charts: as text for a terminal, as JSON, CSV,
// TSV or Markdown for other programs, and charts as pictures ([Pictures]), as
// parts of a notebook ([SpecHTML]) and as pages to send around ([Page] of charts,
// [ReportHTML] of a run).
//
// What it is given is aggregated already, a [pipeline.Table] that an engine
// computed, and a [Spec] when it is to be a chart. It computes nothing but
// places on the screen, asks no terminal for its size or its abilities
// ([TextOptions] says them), and writes to the [io.Writer] it is given.
//
// Cells are hostile: titles come from people's mail. Whatever is shown as text
// goes through [Clean] or [CleanLine] first, so that a title never moves the
// cursor, sets the clipboard or turns the line around. In HTML and SVG it is
// escaped, and an option of ECharts is data: nothing from a table is ever code.
//
// How a chart becomes one of ECharts: option.go makes the option (option_*.go for
// the kinds), picture.go draws it by the library in a JavaScript engine, png*.go
// makes pixels of that, html.go and page.go put it beside the picture, switch.go
// says what else the data can be shown as. scripts/ has what runs in a browser;
// tools/scripts makes it small.
package viz
