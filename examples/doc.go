// Package examples has nothing but programs, each in a folder of its own:
//
//   - hello: REQ and REP
//   - weather: PUB and SUB
//   - divide: PUSH and PULL, divide and conquer
//   - secure: hello with CURVE keys
//   - demo: package pipeline under failures, and a look at the speed
//
// All run alone without a flag and end by themselves. The first four have a -role to run one side only; servers and workers then
// run until they are interrupted, those of hello and weather as long as -n says, if it says so. -h lists the flags.
package examples
