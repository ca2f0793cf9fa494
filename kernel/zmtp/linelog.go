package zmtp

import (
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode"
)

// lineLog hands on lines, but only so many: a peer that is refused a thousand
// times a second would fill a log.
type lineLog struct {
	write func(string)

	mu      sync.Mutex
	tokens  float64
	at      time.Time // when tokens was right
	dropped int
}

const (
	logBurst  = 10
	logPerSec = 1
	logLength = 300
)

func newLineLog(write func(string)) *lineLog {
	return &lineLog{write: write, tokens: logBurst, at: time.Now()}
}

func (l *lineLog) line(format string, args ...any) {
	if l.write == nil {
		return
	}
	l.mu.Lock()
	now := time.Now()
	l.tokens = min(logBurst, l.tokens+now.Sub(l.at).Seconds()*logPerSec)
	l.at = now
	if l.tokens < 1 {
		l.dropped++
		l.mu.Unlock()
		return
	}
	l.tokens--
	dropped := l.dropped
	l.dropped = 0
	l.mu.Unlock()
	text := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, fmt.Sprintf(format, args...))
	if len(text) > logLength {
		text = strings.ToValidUTF8(text[:logLength], "") + "..."
	}
	if dropped > 0 {
		text = fmt.Sprintf("%s (and %d lines left out before)", text, dropped)
	}
	l.write(text)
}
