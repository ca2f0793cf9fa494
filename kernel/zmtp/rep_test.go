package zmtp_test

import (
	"testing"

	"gondola/kernel/zmtp"
)

func TestRepAnswersWithTheRequest(t *testing.T) {
	for _, endpoint := range endpoints(t) {
		r, err := zmtp.ListenRep(endpoint, zmtp.Options{})
		if err != nil {
			t.Fatal(err)
		}
		closed(t, r)
		req := dial(t, r.Endpoint(), "REQ", "")
		for range 10 {
			req.send("", "ping")
			req.want("", "ping")
		}
		// A DEALER may put more into the envelope, and send without waiting.
		dealer := dial(t, r.Endpoint(), "DEALER", "")
		dealer.send("no envelope")
		dealer.send("no body", "")
		dealer.send("id", "other", "", "a", "", "b")
		dealer.send("", "c")
		dealer.want("id", "other", "", "a", "", "b")
		dealer.want("", "c")
	}
}
