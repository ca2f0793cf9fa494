package history

import (
	"regexp"
	"strings"
)

// MaxStatement is the length in bytes up to which statements are kept.
const MaxStatement = 256 << 10

// Private reports whether a statement is not for the file: it begins with a
// blank, as shells have it, looks like it holds a secret, or is longer than
// MaxStatement. Looks count, not meaning: a harmless statement that looks like
// a secret is lost to the history, and a secret that looks like nothing is
// not found.
func Private(statement string) bool {
	return strings.HasPrefix(statement, " ") || strings.HasPrefix(statement, "\t") ||
		len(statement) > MaxStatement || HasSecret(statement)
}

// HasSecret reports whether text looks like it holds a secret.
func HasSecret(text string) bool {
	for _, p := range secrets {
		if p.MatchString(text) {
			return true
		}
	}
	return false
}

// secretWord are names of secrets: api-key, DB_PASSWORD, aws_secret_access_key.
// The plural tokens is a column of ours.
const secretWord = `(?:(?:pass(?:word|wd|phrase)|pwd|secret|api[-_]?key|access[-_]?key|private[-_]?key|credential)[a-z0-9_-]*` +
	`|(?:\b|_|-)token(?:[-_][a-z0-9_-]*)?)`

// secrets are what secrets look like. Those of one vendor are as the vendor
// documents them.
var secrets = []*regexp.Regexp{
	// password=..., "secret": ..., param api_key = ...
	regexp.MustCompile(`(?i)` + secretWord + `["']?\s*[:=]\s*[^\s=]`),
	// --password X, --db-token X
	regexp.MustCompile(`(?i)--(?:[a-z0-9-]+-)?` + secretWord + `\s+[^\s-]`),
	// aws_secret_access_key and aws_session_token in any spelling
	regexp.MustCompile(`(?i)aws[-_]?(secret|session[-_]?token)`),
	// identified by 'x', password 'x' of SQL's CREATE USER
	regexp.MustCompile(`(?i)\b(identified\s+by|password)\s+['"]`),
	// scheme://user:pass@host
	regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]*://[^\s/@:]*:[^\s@]+@`),
	// Signed URLs of S3, Azure and Google carry their right to read in the query.
	regexp.MustCompile(`(?i)[?&](x-(amz|goog)-(signature|credential|security-token)|sig|signature)=`),
	regexp.MustCompile(`(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]{16,}`),
	regexp.MustCompile(`-----BEGIN [A-Z0-9 ]*PRIVATE KEY`),
	// Access key ids of AWS.
	regexp.MustCompile(`\b(AKIA|ASIA|ABIA|ACCA|AROA|AIDA)[A-Z0-9]{12,}`),
	// GitHub, GitLab, Slack, Stripe and OpenAI, Google, npm, Hugging Face.
	regexp.MustCompile(`\b(gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|[sr]k[-_](live[-_]|test[-_]|proj-)?|AIza|npm_|hf_)[A-Za-z0-9_-]{16,}`),
	// JSON web tokens.
	regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}`),
}
