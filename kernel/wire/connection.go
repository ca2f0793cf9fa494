package wire

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
)

// Connection is a connection file: where a kernel listens and by which key its
// messages are signed. Other fields of the file are left alone.
type Connection struct {
	Transport       string `json:"transport"` // "tcp" or "ipc"
	IP              string `json:"ip"`        // an address; with ipc the beginning of the path of each socket
	ShellPort       int    `json:"shell_port"`
	IOPubPort       int    `json:"iopub_port"`
	StdinPort       int    `json:"stdin_port"`
	ControlPort     int    `json:"control_port"`
	HBPort          int    `json:"hb_port"`
	Key             string `json:"key"`
	SignatureScheme string `json:"signature_scheme"`
	KernelName      string `json:"kernel_name,omitempty"`
	// CurvePublicKey and CurveSecretKey, in Z85, ask for encryption by CURVE.
	CurvePublicKey string `json:"curve_publickey,omitempty"`
	CurveSecretKey string `json:"curve_secretkey,omitempty"`
}

// ReadConnection reads a connection file. warning is one line that says what is
// not safe about it: a key that others may read, or none.
func ReadConnection(path string) (c Connection, warning string, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return c, "", fmt.Errorf("connection file: %w", err)
	}
	if err := json.Unmarshal(data, &c); err != nil {
		return c, "", fmt.Errorf("connection file %s: %w", path, err)
	}
	if c.Transport == "" {
		c.Transport = "tcp"
	}
	if c.Transport != "tcp" && c.Transport != "ipc" {
		return c, "", fmt.Errorf("connection file %s: transport %q: only tcp and ipc are known", path, c.Transport)
	}
	if c.IP == "" {
		return c, "", fmt.Errorf("connection file %s: no ip", path)
	}
	for name, port := range map[string]int{
		"shell": c.ShellPort, "iopub": c.IOPubPort, "stdin": c.StdinPort, "control": c.ControlPort, "hb": c.HBPort,
	} {
		if port < 0 || port > 65535 || port == 0 && c.Transport == "ipc" {
			return c, "", fmt.Errorf("connection file %s: %s_port %d is no port", path, name, port)
		}
	}
	if info, err := os.Stat(path); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		warning = fmt.Sprintf("connection file %s may be read by others (mode %04o, want 0600): they can run code here", path, info.Mode().Perm())
	}
	if c.Key == "" {
		warning = fmt.Sprintf("connection file %s has no key: whoever reaches the ports can run code here", path)
	}
	return c, warning, nil
}

// Endpoint is the address of one of the five ports: "tcp://127.0.0.1:4567" or
// "ipc:///run/user/1000/kernel-1".
func (c Connection) Endpoint(port int) string {
	if c.Transport == "ipc" {
		return "ipc://" + c.IP + "-" + strconv.Itoa(port)
	}
	return c.Transport + "://" + net.JoinHostPort(c.IP, strconv.Itoa(port))
}
