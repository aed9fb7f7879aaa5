// Package supervision restarts actors that fail.
//
// A [Supervisor] is itself an actor. When one of its children fails, the child is suspended with its mailbox intact, and
// after a delay that grows from failure to failure it gets a new incarnation. When there are too many restarts within a
// period, the supervisor gives up: it fails in its turn, and its own supervisor decides. At the top that ends the system.
//
// # Promises
//
//   - Two incarnations of an actor never run at the same time: the old one's Stop has returned before the new one's Start.
//   - Messages that wait in a child's mailbox survive its restart. The one that made it fail does not: whoever waits for
//     its answer is told, otherwise it becomes a dead letter.
//   - While a child backs off, senders feel its full mailbox. Stopping it, its supervisor or the system does not wait for
//     the delay.
//   - A child whose first Start fails is Spawn's error and nobody's failure; a later Start that fails counts and backs off.
//   - Delays and periods are measured on the monotonic clock.
//
// What can't be promised: a supervisor that gave up and is restarted by its own supervisor begins anew, without children. The
// former ones are gone for good, as their Done tells; whoever spawned them spawns them again. And Go can't end a goroutine: a
// handler that never returns keeps its actor, and everything that waits for it, until a deadline of the waiter's passes.
package supervision
