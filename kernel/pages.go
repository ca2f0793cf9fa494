package kernel

import "sync"

// maxPages bounds how many pages are remembered.
const maxPages = 10000

// pages are the pages that have had a chart, by the session of their requests:
// a page that is loaded again has a new one, and keeps it when the kernel is
// restarted.
type pages struct {
	mu  sync.Mutex
	had map[string]bool
}

// first says whether a page has had no chart before, and that it has one now.
func (p *pages) first(session string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.had[session] {
		return false
	}
	if p.had == nil || len(p.had) >= maxPages {
		p.had = map[string]bool{}
	}
	p.had[session] = true
	return true
}
