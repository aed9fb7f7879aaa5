// Package interop holds tests only: ActoMQ against other implementations of ZeroMQ, as separate processes over tcp and ipc.
//
// The programs in examples/ are built and run, alone and with the same program written for pyzmq and for CZMQ on the other
// end, in both directions; the foreign programs are testdata/peer.py and testdata/peer.c.
//
// Besides, sockets of ours exchange messages with sockets of pyzmq, CZMQ and zeromq.js: every pair of types, messages of all
// shapes up to 64 MiB and a thousand frames, either side binding; STREAM with plain tcp, subscriptions through proxies,
// heartbeats, CURVE and PLAIN with the authenticator of either side, and certificate files. The foreign sockets live in agents
// that do what a test tells them, line by line: testdata/agent.py describes the language, agent.c and agent.js speak it, too.
// A case ends after 20 seconds at the latest, and says what it waited for.
//
// `make interop` prints a line for each case and the score. A foreign implementation that is not installed skips its tests.
// With CI=true or ACTOMQ_PEERS=1 in the environment it fails them instead. `make peers` installs all three.
package interop
