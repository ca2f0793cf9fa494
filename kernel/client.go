package kernel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"gondola/kernel/wire"
	"gondola/kernel/zmtp"
)

// client talks to a kernel as a front end does: the doctor is one.
type client struct {
	signer  *wire.Signer
	sender  *wire.Sender
	session string
	shell   *zmtp.Client
	control *zmtp.Client
	iopub   *zmtp.Client
}

// freeConnection writes a connection file into a folder of its own, for a kernel
// that listens on sockets there.
func freeConnection(dir string) (c wire.Connection, path string, err error) {
	c = wire.Connection{
		Transport: "ipc", IP: filepath.Join(dir, "k"), Key: wire.NewID(), SignatureScheme: "hmac-sha256",
		ShellPort: 1, IOPubPort: 2, StdinPort: 3, ControlPort: 4, HBPort: 5,
	}
	data, err := json.Marshal(c)
	if err != nil {
		return c, "", err
	}
	path = filepath.Join(dir, "kernel.json")
	return c, path, os.WriteFile(path, data, 0o600)
}

// dialKernel connects to a kernel, and returns when it hears what is published.
func dialKernel(ctx context.Context, c wire.Connection) (_ *client, err error) {
	k := &client{}
	if k.signer, err = wire.NewSigner(c.SignatureScheme, c.Key); err != nil {
		return nil, err
	}
	k.session = wire.NewID()
	k.sender = wire.NewSender(k.signer, k.session, "gondola")
	for _, s := range []struct {
		to   **zmtp.Client
		port int
		typ  string
	}{{&k.shell, c.ShellPort, "DEALER"}, {&k.control, c.ControlPort, "DEALER"}, {&k.iopub, c.IOPubPort, "SUB"}} {
		if *s.to, err = zmtp.Dial(ctx, c.Endpoint(s.port), s.typ, k.session); err != nil {
			return nil, errors.Join(err, k.close())
		}
	}
	if err := errors.Join(k.iopub.Subscribe(""), k.untilWelcome(ctx)); err != nil {
		return nil, errors.Join(err, k.close())
	}
	return k, nil
}

// untilWelcome waits until the subscription holds: nothing after it is missed.
func (k *client) untilWelcome(ctx context.Context) error {
	for {
		in, err := k.iopub.Recv(ctx)
		if err != nil {
			return fmt.Errorf("no welcome: %w", err)
		}
		if m, err := k.signer.Open(in); err != nil || m.Header.MsgType == "iopub_welcome" {
			return err
		}
	}
}

// ask sends a request and waits for its reply.
func (k *client) ask(ctx context.Context, socket *zmtp.Client, typ string, content any) (*wire.Message, error) {
	frames, id, err := k.sender.Frames(wire.Outgoing{Type: typ, Content: content})
	if err != nil {
		return nil, err
	}
	if err := socket.Send(frames...); err != nil {
		return nil, err
	}
	for {
		in, err := socket.Recv(ctx)
		if err != nil {
			return nil, fmt.Errorf("no answer to %s: %w", typ, err)
		}
		m, err := k.signer.Open(in)
		if err != nil {
			return nil, err
		}
		if m.Parent.MsgID == id {
			return m, nil
		}
	}
}

// untilIdle reads what is published until the request of that id is done, and
// returns the types of its messages.
func (k *client) untilIdle(ctx context.Context, parent string) (types []string, err error) {
	for {
		in, err := k.iopub.Recv(ctx)
		if err != nil {
			return types, fmt.Errorf("nothing more is published: %w", err)
		}
		m, err := k.signer.Open(in)
		if err != nil {
			return types, err
		}
		if m.Parent.MsgID != parent {
			continue
		}
		var status statusContent
		if m.Header.MsgType == "status" && m.Decode(&status) == nil && status.ExecutionState == "idle" {
			return types, nil
		}
		types = append(types, m.Header.MsgType)
	}
}

func (k *client) close() error {
	var errs []error
	for _, s := range []*zmtp.Client{k.shell, k.control, k.iopub} {
		if s != nil {
			errs = append(errs, s.Close())
		}
	}
	return errors.Join(errs...)
}
