package history_test

import (
	"strings"
	"testing"

	"gondola/session/history"
)

func TestPrivate(t *testing.T) {
	// Split, so that scanners of repositories do not take them for real.
	key := "AKIA" + "IOSFODNN7EXAMPLE"
	for _, s := range []string{
		" load a.csv", "\tload a.csv", strings.Repeat("x", history.MaxStatement+1),
		"load s3://x/ --key " + key, "sql SELECT '" + key + "'", "param k = ASIA" + "IOSFODNN7EXAMPLE",
		"param aws_secret_access_key = abc", "set AWS_SECRET abc", "param aws-session-token = x",
		"param password = hunter2", "param db_password=hunter2", "PASSWORD=x", `{"password": "x"}`, "param passwd = x", "param my_pwd = x",
		"token=abc", "param token = abc", "param api_token = abc", "param api-key = abc", "apikey: abc", "param client_secret = abc",
		"connect --password hunter2", "connect --db-password=hunter2", "connect --token abc", "connect --auth-token abc", "connect --api-key abc",
		"sql CREATE USER a IDENTIFIED BY 'x'", "sql ALTER USER a PASSWORD 'x'",
		"load https://ann:hunter2@example.org/a.csv", "load s3://ann:a/b+c@bucket/x", "load https://:tok@example.org/",
		"load https://b.s3.amazonaws.com/a?X-Amz-Signature=ab&x=1", "load https://x/a?sv=1&sig=abc",
		"load x --header \"Authorization: Bearer abcdefghijklmnopqrst\"",
		"param k = \"-----BEGIN " + "RSA PRIVATE KEY-----\"", "param k = \"-----BEGIN " + "PRIVATE KEY-----\"",
		"param k = ghp_" + strings.Repeat("a1", 18), "param k = xoxb-" + strings.Repeat("12", 10), "param k = sk_live_" + strings.Repeat("a1", 12),
		"param k = eyJhbGciOiJIUzI1NiJ9" + "." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc",
	} {
		if !history.Private(s) {
			t.Errorf("%.100q is no secret", s)
		}
	}
	for _, s := range []string{
		"load s3://lake/receipts/dt=2017-*/ --title product_title --id item_id as titles",
		`load "sample:receipts?n=1000&seed=7"`, "preprocess --stopwords en --units as clean", "train --vector-size 100 --workers 1",
		"show tokens --columns tokens,title", "sql SELECT tokens, count(*) FROM t WHERE len(tokens) = 3 GROUP BY 1",
		"sql SELECT tokens = ['a'] FROM t", "show --max-tokens 5", "near password", "near secret santa", "explain \"Secret Antiperspirant, 2.6 oz\"",
		"explain \"Key Lime Pie\"", "near token", "load https://example.org:8080/a.csv", "load http://example.org/a@2x.csv",
		"write out.csv --from tags", "param k = 20 in 10,20,50", "sql SELECT 'sk-8 shoes'", "param who = ann@example.org", "# password",
	} {
		if history.Private(s) {
			t.Errorf("%q is taken for a secret", s)
		}
	}
}
