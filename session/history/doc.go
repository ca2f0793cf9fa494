// Package history keeps what was run: one file of JSON lines that every
// session of a user appends to, a statement a line.
//
// Several processes write it at once. Each line is one write under a lock
// that the system takes back when its holder dies; what a killed or
// full disk left of a line is cut off before the next one. A reader takes no
// lock, and skips what is no whole record: no line makes the file unreadable.
// The file is for its owner alone (mode 0600), and [Private] tells which
// statements are not for a file at all.
package history
