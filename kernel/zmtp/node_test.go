//go:build unix

package zmtp_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"gondola/internal/need"
	"gondola/kernel/zmtp"
)

// zeromqNode starts a case of testdata/peers.cjs.
func zeromqNode(t *testing.T, keys *zmtp.CurveKeys, args ...string) *peer {
	t.Helper()
	node, modules := need.Node(t, "zeromq", "cmake-ts")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, node, append([]string{"testdata/peers.cjs"}, args...)...)
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules)
	return startPeer(t, keys, cmd)
}

// TestNode has the peers of VS Code.
func TestNode(t *testing.T) {
	each(t, func(t *testing.T, endpoint string, keys *zmtp.CurveKeys) {
		r := listenRouter(t, endpoint, zmtp.Options{Curve: keys})
		echo(t, r)
		for _, c := range []string{"dealer", "req", "handover", "many 10000"} {
			zeromqNode(t, keys, append([]string{strings.Fields(c)[0], r.Endpoint()}, strings.Fields(c)[1:]...)...).ok()
		}
		rep, err := zmtp.ListenRep("tcp://127.0.0.1:0", zmtp.Options{Curve: keys})
		if err != nil {
			t.Fatal(err)
		}
		closed(t, rep)
		zeromqNode(t, keys, "req", rep.Endpoint()).ok()
		x := listenXPub(t, "tcp://127.0.0.1:0", welcomes(keys))
		p := zeromqNode(t, keys, "sub", x.Endpoint())
		publishAlways(t, x)
		p.ok()
	})
}
