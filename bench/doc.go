// Bench compares ways to move ZeroMQ messages, in one run and under the same conditions:
//
//	go run ./bench                       all cases, all contenders
//	go run ./bench -quick                a first look
//	go run ./bench -cases pushpull-tcp -rounds 9 -sizes 1,100,10K,1M
//	go run ./bench -cases pairs-tcp,beside-idle -pairs 1,10,100,1000 -idle 10,1000,10000
//	go run ./bench -json                 one JSON object a line; -save FILE writes them beside the table
//	go run ./bench -profile cpu,trace    of each role of a Go contender, for go tool pprof and go tool trace
//	go run ./bench goals                 a line for each performance goal: met or missed
//	go run ./bench compare OLD NEW       what changed between two files of figures, and whether by accident
//
// It owns the cases (what is moved over what), the contenders (who moves it) and the judgement. Every run is a fresh
// process, or two of them over tcp; the contenders take turns within a round, and their order rotates from round to
// round. The first messages of a run are warm-up and not timed. Message size, count, high-water marks and transport are
// the same for all.
//
// Each message carries its sequence number and bytes derived from it. The receivers count and keep a running checksum.
// A contender that lost, repeated, reordered or altered a message in any round of a case gets no figure for that case,
// and the program exits with status 1.
//
// Figures are medians over the rounds, with the smallest and the largest. A ratio is the median of the ratios within
// each round, so that a machine that is slower for a while slows both sides of it. Compare ratios, not digits.
//
// In one process, and there above all for round trips, the placement of threads on CPUs weighs more than the library. The
// cases whose names end in -1cpu (Linux) take it out: compare contenders there, and read the others as what a program sees.
//
// A round trip is timed from its send. Of many pairs that block in C, only as many are at it as there are CPUs, and the
// others wait before they send, which no latency shows: compare such crowds by their rate.
//
// # A contender
//
// A contender in Go is a value with a name and a function that opens a session with its roles; package internal/role tells
// what a role is. pebbe.go is the model, contenders.go the list. One that this program should not depend on plays its roles
// in a program of its own, as those of bench/others do, or peer.c.
package main
