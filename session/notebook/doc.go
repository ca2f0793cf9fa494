// Package notebook is notebooks as files: Jupyter's .ipynb, the same cells as
// a script (.gnd), and notes of Apache Zeppelin (.zpln) that become notebooks.
// It knows text and JSON only. It runs nothing and does not know the language:
// what it has to know of it (how a value is quoted, whether a piece of text
// is whole) is given to it as a function.
//
// # Jupyter
//
// [Read] takes nbformat 4.0 to 4.5 and [Notebook.Bytes] writes 4.5, byte for
// byte as Python's nbformat does: keys sorted, an indent of one blank, text as
// a list of lines. What this package does not know stays where it was. Cells
// without an id get one made of their text, so the same input gives the same
// bytes.
//
// # Scripts
//
// [Scripts] turns a script into cells and back. The format is the percent
// format of Jupytext and of many editors:
//
//	# %% [markdown]
//	# # Receipts
//	# What people bought.
//
//	# %% tags=["parameters"]
//	param k = 50 in 50,100
//
//	# %%
//	%%sql as top
//	select count(*) from tags
//
// A line that begins with "# %%" begins a cell: a title, the type in brackets
// (none is code), and metadata as key=JSON. Lines of Markdown and raw cells are
// comments; where a comment ends and a statement stands, a code cell begins, so
// a notebook runs what its script runs. A line that begins with "%%" (a cell
// language) begins a cell too. lines=3 after the marker says that the cell has
// exactly three lines, for the few texts that could not be told from a marker
// or from the blank lines between cells.
//
// Nothing is lost: a script becomes a notebook and the same bytes again. What
// the cells do not tell (no marker, three blank lines, #x without a blank)
// stands in their metadata as gondola.script, and is used as long as it still
// reads as that cell. A notebook becomes a script and the same cells again:
// type, text, metadata, attachments, and the metadata of the notebook in a line
// "# %% [notebook]". Not in a script are the outputs and what belongs to them
// (times, counts, states of widgets), and the ids of cells.
//
// # Zeppelin
//
// [ReadZeppelin] says what becomes of a note.
package notebook
