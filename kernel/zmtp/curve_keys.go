package zmtp

import (
	"crypto/ecdh"
	"crypto/rand"
	"errors"
	"fmt"

	"golang.org/x/crypto/nacl/box"
)

// CurveKeys are the long-term key pair of a CURVE server. A client needs the
// public one to connect, so that knowing it is what lets it in, unless Allow
// has named the clients.
type CurveKeys struct {
	public, secret [keySize]byte
	clients        map[[keySize]byte]bool // nil lets everybody in
}

// NewCurveKeys makes a key pair.
func NewCurveKeys() (*CurveKeys, error) {
	public, secret, err := box.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return &CurveKeys{public: *public, secret: *secret}, nil
}

// ParseCurveKeys reads a key pair in Z85, 40 characters a key, as the
// connection file of Jupyter has it, and checks that the two belong together.
func ParseCurveKeys(public, secret string) (*CurveKeys, error) {
	var k CurveKeys
	var err error
	if k.public, err = decodeZ85(public); err != nil {
		return nil, fmt.Errorf("zmtp: CURVE public key: %w", err)
	}
	if k.secret, err = decodeZ85(secret); err != nil {
		return nil, fmt.Errorf("zmtp: CURVE secret key: %w", err)
	}
	private, err := ecdh.X25519().NewPrivateKey(k.secret[:])
	if err != nil {
		return nil, fmt.Errorf("zmtp: CURVE secret key: %w", err)
	}
	if [keySize]byte(private.PublicKey().Bytes()) != k.public {
		return nil, errors.New("zmtp: the CURVE public key is not that of the secret key: take both from one pair")
	}
	return &k, nil
}

// Public is the public key in Z85.
func (k *CurveKeys) Public() string { return encodeZ85(&k.public) }

// Secret is the secret key in Z85.
func (k *CurveKeys) Secret() string { return encodeZ85(&k.secret) }

// Allow lets a client with that public key (Z85) in, and from the first call on
// nobody who is not allowed. Call it before a socket listens.
func (k *CurveKeys) Allow(client string) error {
	key, err := decodeZ85(client)
	if err != nil {
		return fmt.Errorf("zmtp: CURVE client key: %w", err)
	}
	if k.clients == nil {
		k.clients = map[[keySize]byte]bool{}
	}
	k.clients[key] = true
	return nil
}

// String leaves the secret out, for whoever prints the options.
func (k CurveKeys) String() string { return "CURVE " + encodeZ85(&k.public) }

// GoString is String.
func (k CurveKeys) GoString() string { return k.String() }
