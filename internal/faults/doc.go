// Command faults breaks things on purpose, with real processes and sockets, and says of every message what became of it.
//
//	make faults                              # every fault, one line each; exit status 1 if one was not survived
//	go run ./internal/faults -only 'killed'  # those whose name matches
//	go run ./internal/faults -soak 10m       # load under a failure every 100 ms, between slices of the same load undisturbed
//
// # The books
//
// Each fault keeps a ledger of numbered messages: sent are those that a caller tried to send, each of them accepted or
// refused with an error; of the accepted ones, delivered reached their reader, some of them more than once, dead became dead
// letters, and lost are the rest. Where ZeroMQ promises at most once, as raw PUSH and PULL do, what libzmq and the kernel hold may
// be lost with a connection: how many connections were lost is what the sockets themselves have counted. Everywhere else lost
// has to be 0, and doubled everywhere.
//
// After every fault the ledger is held against the figures of the sockets: accepted = sent + queued + dead, and what is lost is to
// the message what one libzmq socket has taken and the other one not given. The books of every socket (zsock.Stats) have to
// close, and each system has to end within its deadline. recovered is the
// time from the repair, or from the failure where the repair is the library's own, to the first message that came through; the
// longest where there were several.
//
// A soak is one run in slices that take turns: something fails every 100 ms, and nothing fails. It is lost when less than 0.7 of
// the undisturbed messages come through, when the books do not close, or when goroutines, descriptors, the heap or the resident
// memory are more at the end than after the first tenth, by more than a third.
//
// Whatever is left to chance follows from -seed; the order of what several processes do does not.
package main
