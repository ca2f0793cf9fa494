// Package viz shows small tables and charts: as text for a terminal, and as
// JSON, CSV, TSV or Markdown for other programs.
//
// What it is given is aggregated already, a [pipeline.Table] that an engine
// computed, and a [Spec] when it is to be a chart. It computes nothing but
// places on the screen, asks no terminal for its size or its abilities
// ([TextOptions] says them), and writes to the [io.Writer] it is given.
//
// Cells are hostile: titles come from people's mail. Whatever is shown as text
// goes through [Clean] or [CleanLine] first, so that a title never moves the
// cursor, sets the clipboard or turns the line around.
package viz
