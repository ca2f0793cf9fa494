package zmtp

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"net"

	"golang.org/x/crypto/nacl/box"
	"golang.org/x/crypto/nacl/secretbox"
)

// CURVE has four commands before the first message. With C, c and S, s for the
// long-term keys of client and server, and C', c' and S', s' for those of this
// connection, of which each side makes a pair and forgets it at the end:
//
//	HELLO     C' and a box that shows that the client knows S and has c'
//	WELCOME   S' and a cookie, in a box that shows that we have s
//	INITIATE  the cookie, C, a vouch for C' made with c, the properties
//	READY     our properties
//
// and every frame after that is a MESSAGE, boxed with the short-term keys.
//
// Specification: https://rfc.zeromq.org/spec/26/.

const (
	cmdHello    = "HELLO"
	cmdWelcome  = "WELCOME"
	cmdInitiate = "INITIATE"
	cmdMessage  = "MESSAGE"
)

// Beginnings of nonces, which keep boxes from being taken for others. The rest
// is 8 or 16 bytes.
const (
	nonceHello    = "CurveZMQHELLO---"
	nonceWelcome  = "WELCOME-"
	nonceCookie   = "COOKIE--"
	nonceVouch    = "VOUCH---"
	nonceInitiate = "CurveZMQINITIATE"
	nonceReady    = "CurveZMQREADY---"
	nonceClient   = "CurveZMQMESSAGEC"
	nonceServer   = "CurveZMQMESSAGES"
)

// Flags within a box. Those of the frame around it are not protected, and not
// looked at.
const (
	curveMore    = 1
	curveCommand = 2
)

const (
	messageHead = 1 + len(cmdMessage) + 8 // before the box: the name and a nonce
	// curveOverhead is what a frame has around what it says.
	curveOverhead = int64(messageHead + box.Overhead + 1)
)

// curveSession is the encryption of one connection. Reader and writer each
// have a counter of their own.
type curveSession struct {
	shared [keySize]byte // of the short-term keys
	sent   uint64        // the last nonce of ours
	seen   uint64        // and of the peer
}

var errBox = errors.New("CURVE: a box that its key does not open: is it the server's public key that the client has?")

// acceptCurve takes the peer up to INITIATE and returns its properties.
func acceptCurve(conn net.Conn, r *bufio.Reader, keys *CurveKeys) (*curveSession, []byte, error) {
	hello, err := expect(r, cmdHello)
	if err != nil {
		return nil, nil, err
	}
	client, err := openHello(hello, keys)
	if err != nil {
		return nil, nil, err
	}
	// The pair and the key of the cookie are of this connection alone, and the
	// handshake's deadline is theirs.
	public, secret, err := box.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	var cookieKey [keySize]byte
	if _, err := rand.Read(cookieKey[:]); err != nil {
		return nil, nil, err
	}
	cookie := sealCookie(&cookieKey, client, secret)
	nonce := randomNonce(nonceWelcome)
	welcome := command(cmdWelcome, nonce[8:]...)
	welcome = box.Seal(welcome, append(public[:], cookie...), &nonce, client, &keys.secret)
	if err := writeCommand(conn, welcome); err != nil {
		return nil, nil, err
	}
	initiate, err := expect(r, cmdInitiate)
	if err != nil {
		return nil, nil, err
	}
	s := &curveSession{}
	box.Precompute(&s.shared, client, secret)
	properties, err := s.openInitiate(initiate, &cookieKey, client, secret, keys)
	return s, properties, err
}

// openHello returns the client's short-term key.
func openHello(hello []byte, keys *CurveKeys) (*[keySize]byte, error) {
	const size = 2 + 72 + keySize + 8 + 64 + box.Overhead // version, padding, C', nonce, a box of zeros
	if len(hello) != size {
		return nil, fmt.Errorf("CURVE: HELLO has %d bytes, not %d", len(hello), size)
	}
	if hello[0] != 1 || hello[1] != 0 {
		return nil, fmt.Errorf("CURVE: version %d.%d of the mechanism, not 1.0", hello[0], hello[1])
	}
	client := [keySize]byte(hello[74:])
	nonce := shortNonce(nonceHello, [8]byte(hello[106:]))
	zeros, ok := box.Open(nil, hello[114:], &nonce, &client, &keys.secret)
	if !ok {
		return nil, errBox
	}
	if !bytes.Equal(zeros, make([]byte, 64)) {
		return nil, errors.New("CURVE: the box of HELLO holds something")
	}
	return &client, nil
}

// sealCookie puts what INITIATE must bring back under a key that nobody else
// has.
func sealCookie(key, client, secret *[keySize]byte) []byte {
	nonce := randomNonce(nonceCookie)
	return secretbox.Seal(nonce[8:], append(client[:], secret[:]...), &nonce, key)
}

// openInitiate checks the cookie, the box, the vouch and the client, and
// returns the properties.
func (s *curveSession) openInitiate(initiate []byte, cookieKey, client, secret *[keySize]byte, keys *CurveKeys) ([]byte, error) {
	const (
		cookieSize = 16 + 2*keySize + secretbox.Overhead
		vouchSize  = 16 + 2*keySize + box.Overhead
		head       = cookieSize + 8
	)
	if len(initiate) < head+box.Overhead+keySize+vouchSize {
		return nil, fmt.Errorf("CURVE: INITIATE has only %d bytes", len(initiate))
	}
	nonce := longNonce(nonceCookie, [16]byte(initiate))
	cookie, ok := secretbox.Open(nil, initiate[16:cookieSize], &nonce, cookieKey)
	if !ok || subtle.ConstantTimeCompare(cookie, append(client[:], secret[:]...)) != 1 {
		return nil, errors.New("CURVE: the cookie of INITIATE is not the one that was sent")
	}
	nonce = shortNonce(nonceInitiate, [8]byte(initiate[cookieSize:]))
	plain, ok := box.OpenAfterPrecomputation(nil, initiate[head:], &nonce, &s.shared)
	if !ok {
		return nil, errBox
	}
	longTerm := [keySize]byte(plain)
	nonce = longNonce(nonceVouch, [16]byte(plain[keySize:]))
	vouch, ok := box.Open(nil, plain[keySize+16:keySize+vouchSize], &nonce, &longTerm, secret)
	if !ok {
		return nil, errors.New("CURVE: the client's vouch is not made with the key that it shows")
	}
	if subtle.ConstantTimeCompare(vouch, append(client[:], keys.public[:]...)) != 1 {
		return nil, errors.New("CURVE: the client's vouch is for another connection")
	}
	if keys.clients != nil && !keys.clients[longTerm] {
		return nil, fmt.Errorf("CURVE: the client's key %s is not among those allowed", encodeZ85(&longTerm))
	}
	s.seen = binary.BigEndian.Uint64(initiate[cookieSize:])
	return plain[keySize+vouchSize:], nil
}

// ready is the READY command with our properties.
func (s *curveSession) ready(properties []byte) []byte {
	count := s.count()
	nonce := shortNonce(nonceReady, count)
	return box.SealAfterPrecomputation(command(cmdReady, count[:]...), properties, &nonce, &s.shared)
}

// seal appends the whole frame that carries body to dst.
func (s *curveSession) seal(dst []byte, flags byte, body []byte) []byte {
	plain := make([]byte, 0, 1+len(body))
	inner := byte(0)
	if flags&flagMore != 0 {
		inner |= curveMore
	}
	if flags&flagCommand != 0 {
		inner |= curveCommand
	}
	plain = append(append(plain, inner), body...)
	count := s.count()
	nonce := shortNonce(nonceServer, count)
	dst = appendHeader(dst, 0, len(body)+int(curveOverhead))
	dst = append(append(dst, byte(len(cmdMessage))), cmdMessage...)
	dst = append(dst, count[:]...)
	return box.SealAfterPrecomputation(dst, plain, &nonce, &s.shared)
}

// open returns what a frame carries. Its nonce must be above the last one, so
// that nobody can send a frame twice.
func (s *curveSession) open(frame []byte) (flags byte, body []byte, err error) {
	name, data, err := parseCommand(frame)
	if err != nil || name != cmdMessage || len(data) < 8+box.Overhead+1 {
		return 0, nil, errors.New("CURVE: a frame that is no MESSAGE")
	}
	count := binary.BigEndian.Uint64(data)
	if count <= s.seen {
		return 0, nil, fmt.Errorf("CURVE: the nonce %d after %d: a frame was sent twice", count, s.seen)
	}
	nonce := shortNonce(nonceClient, [8]byte(data))
	plain, ok := box.OpenAfterPrecomputation(nil, data[8:], &nonce, &s.shared)
	if !ok {
		return 0, nil, errBox
	}
	s.seen = count
	inner := plain[0]
	if inner&^(curveMore|curveCommand) != 0 || inner == curveMore|curveCommand {
		return 0, nil, fmt.Errorf("CURVE: a frame with the flags %#02x", inner)
	}
	if inner&curveMore != 0 {
		flags |= flagMore
	}
	if inner&curveCommand != 0 {
		flags |= flagCommand
	}
	return flags, plain[1:], nil
}

// count is the next nonce of ours.
func (s *curveSession) count() (n [8]byte) {
	s.sent++
	binary.BigEndian.PutUint64(n[:], s.sent)
	return n
}

func shortNonce(begin string, rest [8]byte) (n [24]byte) {
	copy(n[:16], begin)
	copy(n[16:], rest[:])
	return n
}

func longNonce(begin string, rest [16]byte) (n [24]byte) {
	copy(n[:8], begin)
	copy(n[8:], rest[:])
	return n
}

// randomNonce never repeats: it has 128 random bits. crypto/rand does not fail.
func randomNonce(begin string) [24]byte {
	var rest [16]byte
	_, _ = rand.Read(rest[:])
	return longNonce(begin, rest)
}
