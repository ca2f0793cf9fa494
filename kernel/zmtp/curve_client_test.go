package zmtp_test

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"golang.org/x/crypto/nacl/box"

	"gondola/kernel/zmtp"
)

// curveClient is the client's side of CURVE, which can also do it wrong.
type curveClient struct {
	*client
	server       [32]byte // the server's long-term key
	public, long *[32]byte
	short        *[32]byte // the public key of this connection
	secret       *[32]byte
	theirs       [32]byte // the server's of this connection
	shared       [32]byte
	cookie       []byte
	nonce        uint64
	vouchFor     []byte // instead of the right one
	hidden       byte   // in the box of HELLO
}

func (c *client) curve(keys *zmtp.CurveKeys) *curveClient {
	public, long, _ := box.GenerateKey(rand.Reader)
	short, secret, _ := box.GenerateKey(rand.Reader)
	return &curveClient{client: c, server: rawKey(keys.Public()), public: public, long: long, short: short, secret: secret}
}

// dialCurve connects and shakes hands.
func dialCurve(t testing.TB, endpoint, socketType, identity string, keys *zmtp.CurveKeys) *client {
	t.Helper()
	c := connect(t, endpoint).curve(keys)
	c.within(answerTime)
	if err := c.shake(properties(socketType, identity)); err != nil {
		t.Fatal(err)
	}
	c.within(0)
	return c.client
}

// shake does all of the handshake.
func (c *curveClient) shake(properties []byte) error {
	c.bytes(hello("CURVE", 1))
	c.frame(command, c.hello())
	if err := c.greeted(); err != nil {
		return err
	}
	if err := c.welcome(); err != nil {
		return err
	}
	c.frame(command, c.initiate(properties))
	flags, body, err := c.readFrame()
	if err != nil {
		return err
	}
	if flags != command || !strings.HasPrefix(string(body), "\x05READY") || len(body) < 14 {
		return fmt.Errorf("%#x %q instead of READY", flags, body)
	}
	n := nonceOf("CurveZMQREADY---", body[6:14])
	if _, ok := box.OpenAfterPrecomputation(nil, body[14:], &n, &c.shared); !ok {
		return errors.New("READY has another key")
	}
	c.encrypt()
	return nil
}

// encrypt has all that follows encrypted.
func (c *curveClient) encrypt() {
	c.seal, c.sealRaw = c.sealed, c.sealedRaw
	var seen uint64
	c.open = func(frame []byte) (byte, []byte, error) {
		if len(frame) < 16 || string(frame[:8]) != "\x07MESSAGE" {
			return 0, nil, fmt.Errorf("%.50q is no MESSAGE", frame)
		}
		count := binary.BigEndian.Uint64(frame[8:])
		if count <= seen {
			return 0, nil, errors.New("the server's nonces do not rise")
		}
		seen = count
		n := nonceOf("CurveZMQMESSAGES", frame[8:16])
		plain, ok := box.OpenAfterPrecomputation(nil, frame[16:], &n, &c.shared)
		if !ok || len(plain) == 0 {
			return 0, nil, errors.New("a MESSAGE with another key")
		}
		return plain[0]&1 | plain[0]&2<<1, plain[1:], nil
	}
}

// sealed is a MESSAGE.
func (c *curveClient) sealed(flags byte, body []byte) []byte {
	return c.sealedRaw(append([]byte{flags&more | flags&command>>1}, body...))
}

func (c *curveClient) sealedRaw(plain []byte) []byte {
	n := nonceOf("CurveZMQMESSAGEC", c.next())
	return box.SealAfterPrecomputation(append([]byte("\x07MESSAGE"), n[16:]...), plain, &n, &c.shared)
}

func (c *curveClient) next() []byte {
	c.nonce++
	return binary.BigEndian.AppendUint64(nil, c.nonce)
}

// hello is the HELLO command.
func (c *curveClient) hello() []byte {
	n := nonceOf("CurveZMQHELLO---", c.next())
	b := append([]byte("\x05HELLO\x01\x00"), make([]byte, 72)...)
	b = append(append(b, c.short[:]...), n[16:]...)
	zeros := make([]byte, 64)
	zeros[63] = c.hidden
	return box.Seal(b, zeros, &n, &c.server, c.secret)
}

// welcome reads WELCOME.
func (c *curveClient) welcome() error {
	_, body, err := c.readFrame()
	if err != nil {
		return err
	}
	if len(body) != 168 || string(body[:8]) != "\x07WELCOME" {
		return fmt.Errorf("%.300q instead of WELCOME", body)
	}
	n := nonceOf("WELCOME-", body[8:24])
	plain, ok := box.Open(nil, body[24:], &n, &c.server, c.secret)
	if !ok {
		return errors.New("WELCOME has another key")
	}
	c.theirs, c.cookie = [32]byte(plain), plain[32:]
	box.Precompute(&c.shared, &c.theirs, c.secret)
	return nil
}

// initiate is the INITIATE command.
func (c *curveClient) initiate(properties []byte) []byte {
	n := nonceOf("VOUCH---", make([]byte, 16))
	vouch := append(c.short[:len(c.short):len(c.short)], c.server[:]...)
	if c.vouchFor != nil {
		vouch = c.vouchFor
	}
	plain := append(c.public[:len(c.public):len(c.public)], n[8:]...)
	plain = box.Seal(plain, vouch, &n, &c.theirs, c.long)
	return c.initiateRaw(append(plain, properties...))
}

func (c *curveClient) initiateRaw(plain []byte) []byte {
	n := nonceOf("CurveZMQINITIATE", c.next())
	b := append([]byte("\x08INITIATE"), c.cookie...)
	return box.SealAfterPrecomputation(append(b, n[16:]...), plain, &n, &c.shared)
}

func nonceOf(begin string, rest []byte) (n [24]byte) {
	copy(n[:], begin)
	copy(n[len(begin):], rest)
	return n
}

// rawKey reads Z85 in another way than the package does.
func rawKey(text string) (key [32]byte) {
	const digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
	var v uint32
	for i := range text {
		v = v*85 + uint32(strings.IndexByte(digits, text[i]))
		if i%5 == 4 {
			binary.BigEndian.PutUint32(key[i/5*4:], v)
			v = 0
		}
	}
	return key
}

func TestCurveKeys(t *testing.T) {
	// The pairs of zmq_curve(7).
	for _, pair := range [][2]string{
		{"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID", "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"},
		{"rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7", "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"},
	} {
		k, err := zmtp.ParseCurveKeys(pair[0], pair[1])
		if err != nil {
			t.Fatal(err)
		}
		if k.Public() != pair[0] || k.Secret() != pair[1] {
			t.Errorf("%q %q became %q %q", pair[0], pair[1], k.Public(), k.Secret())
		}
		for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
			if text := fmt.Sprintf(format, zmtp.Options{Curve: k}) + fmt.Sprintf(format, k); strings.Contains(text, k.Secret()) {
				t.Errorf("%s prints the secret key: %s", format, text)
			}
		}
	}
	k := newKeys(t)
	private, err := ecdh.X25519().NewPrivateKey(func() []byte { b := rawKey(k.Secret()); return b[:] }())
	if err != nil || [32]byte(private.PublicKey().Bytes()) != rawKey(k.Public()) {
		t.Errorf("a pair that does not belong together: %v", err)
	}
	if _, err := zmtp.ParseCurveKeys(k.Public(), k.Secret()); err != nil {
		t.Error(err)
	}
	for _, bad := range [][2]string{
		{newKeys(t).Public(), k.Secret()},
		{k.Secret(), k.Public()},
		{"", ""},
		{k.Public(), k.Secret()[1:]},
		{k.Public(), k.Secret() + "0"},
		{k.Public(), "\"" + k.Secret()[1:]},
		{k.Public(), "#####" + k.Secret()[5:]}, // more than 32 bits
	} {
		_, err := zmtp.ParseCurveKeys(bad[0], bad[1])
		if strings.HasPrefix(bad[1], "#####") && !strings.Contains(fmt.Sprint(err), "32 bits") {
			t.Errorf("%q: %v", bad, err)
		}
		if err == nil {
			t.Errorf("%q was taken", bad)
		} else if bad[1] != "" && strings.Contains(err.Error(), bad[1][1:]) {
			t.Errorf("the error shows the secret key: %v", err)
		}
	}
}

func TestCurveRouter(t *testing.T) {
	keys := newKeys(t)
	r := listenRouter(t, "tcp://127.0.0.1:0", zmtp.Options{Curve: keys, MaxFrame: 100, MaxMessage: 1000})
	echo(t, r)
	c := dialCurve(t, r.Endpoint(), "DEALER", "ann", keys)
	long := strings.Repeat("x", 100) // as long as allowed, and the box beside
	c.send("a", "", long)
	c.want("a", "", long)
	c.flush()
	c.send(long + "x")
	if got := c.ended(); got != "" {
		t.Errorf("%q came", got)
	}
}

// What is sent is not to be seen on the wire.
func TestCurveEncrypts(t *testing.T) {
	keys := newKeys(t)
	r := listenRouter(t, "tcp://127.0.0.1:0", zmtp.Options{Curve: keys})
	c := dialCurve(t, r.Endpoint(), "DEALER", "ann", keys)
	c.send("hello")
	receive(t, r)
	if err := r.Send([]byte("ann"), []byte("a very secret reply")); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 2+33+19)
	c.within(answerTime)
	if _, err := io.ReadFull(c.r, b); err != nil || strings.Contains(string(b), "secret") {
		t.Errorf("%q, %v", b, err)
	}
}

// Once a client is named, others stay out.
func TestCurveAllow(t *testing.T) {
	keys := newKeys(t)
	if err := keys.Allow("too short"); err == nil {
		t.Error("a key too short was taken")
	}
	known := newKeys(t)
	if err := keys.Allow(known.Public()); err != nil {
		t.Fatal(err)
	}
	r := listenRouter(t, "tcp://127.0.0.1:0", zmtp.Options{Curve: keys})
	echo(t, r)
	stranger := connect(t, r.Endpoint()).curve(keys)
	if err := stranger.shake(properties("DEALER", "")); err == nil || !strings.Contains(err.Error(), "not among those allowed") {
		t.Errorf("a stranger: %v", err)
	}
	friend := connect(t, r.Endpoint()).curve(keys)
	public, secret := rawKey(known.Public()), rawKey(known.Secret())
	friend.public, friend.long = &public, &secret
	if err := friend.shake(properties("DEALER", "")); err != nil {
		t.Fatal(err)
	}
	friend.send("hello")
	friend.want("hello")
}
