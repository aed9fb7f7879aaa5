// Package pipeline does tasks on many workers: a ventilator hands them out, workers do them, and the results come back to the
// ventilator, which is its own sink. It is the divide and conquer of the ZeroMQ guide, with credit and acknowledgement.
//
//	job := pipeline.Topology[Task, Answer]{Workers: 10, Work: func(ctx context.Context, t Task) (Answer, error) { ... }}
//	run, err := job.Run(sys)
//	defer run.Close(ctx)
//	for r, err := range run.Process(ctx, tasks) { ... }
//
// Workers in other processes and on other machines join with [Work] and the run's Endpoint.
//
// # Promises
//
//   - At least once while the ventilator lives: each task of a Process is done until it has a result, or has failed MaxTries
//     times. Its loop sees exactly one pair for each task. What a dead worker or a killed socket took along is handed
//     out again, so the work itself may run more than once, and then its later outcomes are dropped and counted.
//   - Order is not kept: results come as they are ready, with the number of their task.
//   - Bounded: a worker holds at most its credit, a Process at most its window of tasks and of bytes, results that the loop
//     has not taken included. A slow loop slows the intake.
//   - Accounted for: Stats tells of every task what became of it.
//   - A worker that is slow holds back what is in its hand and at most Credit-1 tasks behind it; all others go to others.
//
// What can't be promised: when the process of the ventilator dies, its tasks die with it. And nobody can tell a dead worker from
// one that is cut off; the latter may still do a task that was handed out again.
//
// # Failures
//
// An error of Work and a panic are failed tries. A panic also fails the worker's actor, which its supervisor restarts; the
// worker's other tasks go to others in the meantime. Failed tries are charged to the task: after MaxTries it yields a
// [*TaskError], whose Err is ErrFailed or ErrPanicked, and does not spend the intensity of a supervisor. A task that is in the
// hand of eight vanished workers yields ErrLost, since it may be what ends them. A task that was given up is a dead letter as well: a
// [DeadTask], with all that it takes to hand it in again.
//
// # How a loss is noticed
//
// Every message carries a session and a sequence number. A gap, on either side, ends the session: the worker begins a new
// one, and what it held in the old one is handed out again. So it is with a restarted socket and a lost connection. Workers
// send heartbeats, also while Work is busy; one that is silent for Silence, or to which nothing can be sent because its
// connection is gone, has vanished. When any connection ends, every worker is sent something at once to see which one it was, so a
// worker whose process died costs milliseconds; Silence is for those that are cut off without a word.
//
// # Where code runs
//
// Work runs in an actor of its own, never in that of a socket. Tasks are encoded in the goroutine that reads the
// sequence, and results are decoded in the goroutine of the loop.
//
// # Peers
//
// The frames are those of this package, described in protocol.go; malformed ones are dropped and counted. Who can reach the
// endpoint can take tasks and hand in results: let the endpoint policy and CURVE decide who that is.
//
// The fast mode that may lose tasks, and that speaks with other languages, is a Push and some Pull sockets of package zsock:
// nothing would be left for this package to add. A worker that dies then takes along what libzmq and the kernel had given it.
package pipeline
