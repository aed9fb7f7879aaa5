// Package supervision restarts actors that fail.
//
// A [Supervisor] is itself an actor. It starts its children in order, restarts them when they fail, and stops them in reverse
// order. A [Spec] says whom a failure concerns, how often and how fast to restart; a [Child] says how to start an actor, so a
// supervisor that is restarted itself comes back with its children. Both are plain values whose zero fields mean something
// sensible. The semantics are those of Erlang's supervisors, with a few differences that Go asks for; they are named below.
//
// # Whom a failure concerns
//
// A failure of a handler or of a later Start suspends the child with its mailbox intact. By its strategy the supervisor
//
//   - OneForOne: gives the child a new incarnation after a delay;
//   - AllForOne: ends the incarnations of all children at once, the last one first, each when the one before it is done; after the
//     delay they start again, the first one first, each when the Start of the one before it has returned;
//   - RestForOne: does the same with the child that failed and those that were started after it;
//   - Dynamic: as OneForOne, for children of one [Kind] that come and go.
//
// Children that wait for their company are "halted": their refs and mailboxes stay, and senders wait when a mailbox is full. A
// Start that fails then is a failure like any other, and begins the restart anew.
//
// # Which ends call for a restart
//
//	            failure   ends by itself (actor.ErrStop)   Handle.Stop, Remove
//	Permanent   restart   restart                          gone
//	Transient   restart   gone                             gone
//	Temporary   gone      gone                             gone
//
// A temporary child that fails concerns nobody else; when others are restarted in company it is stopped with them, and does not
// come back. An end that somebody asked for is final, so that there is a way to end a permanent child.
//
// A child that is Significant can end its supervisor: with AutoShutdown, the supervisor stops the other children and then itself,
// without a failure, when the first or the last of its significant children is gone, other than by Remove or with its company.
//
// # How often and how fast
//
// Each restart counts, one in company once. When one more than Intensity falls into Period, counted over all children of the
// supervisor, it gives up: it stops its children in reverse order, and then fails. So the failure climbs, to a supervisor
// above that restarts this one with all its children, or to the root, where it ends the system: System.Context ends,
// System.Err is the cause, and System.Done closes, even if somebody does not return. With Isolate each child has a window of
// its own, and a child that fails too often is stopped alone.
//
// The delay before a restart grows from Backoff.Min by Backoff.Factor with each failure in a row up to Backoff.Max, give or
// take a random part. A child, or company, that ran for Backoff.ResetAfter, counted from the end of its Start, begins with
// the least again. Whatever stops the child, the supervisor or the system does not wait for the delay. Delays and periods
// are measured on the monotonic clock.
//
// # Starting
//
// [Start] returns when all children run. If a Start fails, the children before it stop in reverse order, and its error is
// returned. Within a tree the same is a failure of the supervisor, so it is counted and backs off. [Spawn], [Supervisor.Add] and
// [Kind.Start] add children later, at the end of the order; an error of their first Start is returned, and nobody's failure. Such
// children are gone when their supervisor is restarted.
//
// Children of a supervisor that was restarted are other actors than those before: [Find] gives their refs. Restarts of a child
// itself leave its ref as it is.
//
// # Stopping
//
// A supervisor stops its children one by one, the last one first, whether it is stopped, restarted, gives up or shuts down. Only
// Dynamic stops all at the same time. Each child has its time, Child.Shutdown or Spec.Shutdown; a nested supervisor as long as
// its children need. Go can't end a goroutine, so a child that does not return by then is left behind: it is reported as
// actor.Overstayed, what hangs below it is asked to stop, and the supervisor goes on. It keeps its name until it does return, so
// no second incarnation runs beside it: a supervisor that wants to start it anew fails and backs off until the name is free. The
// error of [Supervisor.Stop] and System.Close names it, and it shows in System.Snapshot. System.Close waits for it as long as
// its context allows.
//
// # What is promised
//
//   - Two incarnations of an actor never run at the same time: the old one's Stop has returned before the new one's Start.
//   - Messages that wait in a child's mailbox survive its restart. The one that made it fail does not: whoever waits for
//     its answer is told, otherwise it becomes a dead letter.
//   - No user code runs in a supervisor but Child.Start, whose panic or runtime.Goexit is an error. A Start that failed leaves
//     nobody behind: what it spawned is stopped before the error is returned.
//   - Everything that happens is an event, see actor.WithEvents, and is logged.
//
// What can't be promised: a restart in company that has to wait for a child which does not return can't go on without it; the
// supervisor fails then. And a child whose Start does not return keeps those after it waiting until somebody stops the supervisor.
package supervision
