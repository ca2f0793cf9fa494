package kernel

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gondola/internal/need"
	"gondola/kernel/wire"
	"gondola/kernel/zmtp"
)

// TestVSCode talks to the kernel as VS Code does, by Node's zeromq: over tcp and
// over ipc, in the clear and encrypted.
func TestVSCode(t *testing.T) {
	node, modules := need.Node(t, "zeromq", "cmake-ts")
	keys, err := zmtp.NewCurveKeys()
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*wire.Connection){
		"ipc": func(*wire.Connection) {},
		"tcp": func(c *wire.Connection) { overTCP(t, c) },
		"tcp encrypted": func(c *wire.Connection) {
			overTCP(t, c)
			c.CurvePublicKey, c.CurveSecretKey = keys.Public(), keys.Secret()
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := startKernel(t, func(o *Options) { change(&o.Connection) })
			file := filepath.Join(t.TempDir(), "kernel.json")
			data, err := json.Marshal(k.connection)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, data, 0o600); err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithTimeout(t.Context(), patience)
			defer stop()
			cmd := exec.CommandContext(ctx, node, filepath.Join("testdata", "vscode.cjs"), file)
			cmd.Env = append(os.Environ(), "NODE_PATH="+modules)
			cmd.WaitDelay = time.Second
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.HasSuffix(strings.TrimSpace(string(out)), "ok") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// overTCP gives a connection free ports.
func overTCP(t *testing.T, c *wire.Connection) {
	t.Helper()
	c.Transport, c.IP = "tcp", "127.0.0.1"
	for _, port := range []*int{&c.ShellPort, &c.IOPubPort, &c.StdinPort, &c.ControlPort, &c.HBPort} {
		l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a test's port
		if err != nil {
			t.Fatal(err)
		}
		address, _ := l.Addr().(*net.TCPAddr)
		*port = address.Port
		defer l.Close() //nolint:errcheck // after all five are chosen
	}
}
