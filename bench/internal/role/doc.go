// Package role is what one process of the bench does, whoever moves the messages: the work it is given, the pattern of
// the messages, the tally of what came, and the line of JSON that tells of it. The programs that play roles share it: the
// bench, and bench/others in a module of its own. peer.c speaks the same protocol.
//
//	PROGRAM CONTENDER MODE ENDPOINT SIZE WARMUP COUNT HWM [PAIRS FLIGHT IDLE]
//
// A contender is a [Session]: a context of its kind, and a [Role] for each mode that it can play. A role is called once,
// moves all messages of its [Work], and answers with the [Tally] of what it received.
package role
