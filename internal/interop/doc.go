// Package interop holds tests only: ActoMQ against other implementations of ZeroMQ, as separate processes over tcp and ipc.
//
// The programs in examples/ are built and run, alone and with the same program written for pyzmq and for CZMQ on the other
// end, in both directions; and sockets of each type exchange messages of all shapes with pyzmq. The foreign programs are
// testdata/peer.py and testdata/peer.c, which the tests compile.
//
// A foreign implementation that is not installed skips its tests. With CI=true or ACTOMQ_PEERS=1 in the environment it fails
// them instead. `make peers` installs both.
package interop
