// Package zmtp is the server side of ZMTP 3.1, the protocol under ZeroMQ's
// sockets, for peers of 3.0 and 3.1: ROUTER, XPUB and a REP that answers every
// request with itself, over tcp and ipc, in the clear (NULL) or encrypted
// (CURVE). It knows nothing of what the frames say. Its one client ([Dial]) has
// just what it takes to ask a kernel how it does.
//
// Peers are not trusted. What one of them sends, or leaves out, costs memory
// for the bytes that have arrived and no more, and no time of the others: each
// connection has goroutines of its own, a deadline until it has shaken hands,
// and queues with bounds in bytes in both directions.
//
// What happens at a bound is said where the bound is: a peer that sends too
// much is not read for a while ([Router.Recv]), a peer that does not take its
// replies is disconnected ([Router.Send]), and a subscriber that does not read
// misses what may be missed and is told how much ([XPub.Send]).
//
// Specifications: https://rfc.zeromq.org/spec/37/ (ZMTP 3.1),
// https://rfc.zeromq.org/spec/26/ (CurveZMQ).
package zmtp
