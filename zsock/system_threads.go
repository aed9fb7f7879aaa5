package zsock

import "slices"

// SchedPolicy is how the operating system schedules a thread (sched(7)).
type SchedPolicy int

// The policies of Linux that libzmq's threads may have. Fifo and RoundRobin take priorities from 1 to 99.
const (
	SchedOther      SchedPolicy = 0
	SchedFifo       SchedPolicy = 1
	SchedRoundRobin SchedPolicy = 2
)

// WithThreadPriority sets how libzmq's own threads are scheduled: the policy, and a priority of 1 to 99. With SchedOther every priority
// means the most favourable nice value. NewSystem fails if the process has not the right to do so, over which
// libzmq would end the process. On Linux only.
func WithThreadPriority(policy SchedPolicy, priority int) SystemOption {
	return func(o *systemOptions) {
		o.context.Threads.Scheduled, o.context.Threads.Policy, o.context.Threads.Priority = true, int(policy), priority
	}
}

// WithThreadAffinity sets on which processors libzmq's own threads may run, counted from 0. NewSystem fails if the process may use none of them. On
// Linux only.
func WithThreadAffinity(cpus ...int) SystemOption {
	return func(o *systemOptions) { o.context.Threads.CPUs = slices.Clone(cpus) }
}

// WithThreadName sets a number in front of the names of libzmq's own threads, by which tools like top tell those of several systems
// apart: 7 makes "7/ZMQbg/IO/0". It must not be negative.
func WithThreadName(prefix int) SystemOption {
	return func(o *systemOptions) { o.context.Threads.Named, o.context.Threads.Name = true, prefix }
}
