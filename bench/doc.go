// Bench compares ways to move ZeroMQ messages, in one run and under the same conditions:
//
//	go run ./bench                       all cases, all contenders
//	go run ./bench -quick                a first look
//	go run ./bench -cases pushpull-tcp -rounds 9
//	go run ./bench -json                 one JSON object a line
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
// # A contender
//
// A contender in Go is a value with a name and a function that opens a [session]: the four roles on one context. A role
// is called once, moves all messages of its [work], and answers with the [tally] of what it received. pebbe.go is the
// model, contenders.go the list.
package main
