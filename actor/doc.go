// Package actor runs actors: each is one goroutine with a bounded mailbox of typed messages, in a tree where parents decide
// what becomes of children that fail. Underneath is protoactor-go, whose mailboxes, futures, timers and strategies are not
// used; its names show in one place, the PID of a [Handle].
//
// A [System] owns the tree. [Spawn] starts an actor from a function that makes its [Behavior], and returns a [Ref], to which
// messages are told. The behaviour's life between a Start and a Stop is an incarnation; after a failure the parent may
// restart the actor, which then gets a new behaviour, while its name, Ref and mailbox stay.
//
// # Ordering
//
//   - The messages of one sender are handled in the order in which it told them, across restarts. Nothing is said about
//     different senders.
//   - A stop or restart overtakes the messages that wait. What was posted to an actor, such as the end of a child, before a
//     message was told is handled before that message. So a name is free once the actor's Done is closed.
//   - Incarnations never overlap: the old one's Stop has returned, its children are gone and their finally functions have run
//     before the next one's Start. Timers and results of Context.Go end with their incarnation.
//   - The events of one actor are reported in order.
//
// # Blocking
//
// [Ref.Tell] and [Ask] wait, as long as their context allows, and end when the receiver stops; Try calls, Stop and Restart
// never wait. Spawn under a System waits until Start has run. A handler's own context ends the moment a stop or restart of
// its actor is asked for, so a handler that waits with it never keeps its actor from ending, and two actors that fill each
// other's mailbox can still be stopped. A handler that then returns that context's error has not failed. Do not Ask within
// a handler; use [Context.Go]. Package actortest names actors that wait for each other all the same.
//
// # Ownership
//
// All methods of a behaviour run on its actor's goroutine, one after the other, so they need no locks. A message belongs to
// the actor once it was told. A [Ref], a [Handle] and the context.Context within a [Context] may go to other goroutines; the
// Context itself may not. Every goroutine of a System has ended when Close has returned without an [OverstayError].
//
// # Failures
//
// A returned error, a panic and a runtime.Goexit are failures. The message in hand is given up: whoever waits for its answer
// is told, otherwise it becomes a dead letter. The actor is suspended with its mailbox intact and the parent decides: its
// ChildFailed may restart or stop the child, or return an error and so fail in its turn. A parent without that method fails.
// What reaches the root ends the system with that failure as its cause: System.Context ends, System.Err tells why, all
// actors are stopped, and System.Done closes, after 10 seconds also when some do not return. Package supervision has parents
// that restart with backoff, alone or in company.
//
// Errors and panic values are the user's, and so are their methods, which may panic in their turn: a typed nil is enough.
// Nobody sees them before [SafeError] has made them harmless, so look at them with errors.Is and errors.As.
//
// Children stop all at once, unless their parent is a [Winder], which ends in steps of its own. A parent may have a child end its
// incarnation and wait for the next one ([Context.Halt], [Context.Proceed]), and let go of one that does not return
// ([Context.Abandon]).
//
// Each message that Tell took is handled once, refused, or a dead letter; none vanishes.
//
// # What is not promised
//
// Go can't end a goroutine: a handler that never returns keeps its actor, its parents and the system until somebody's
// deadline passes, or until its parent abandons it. [System.Close] names it. Goexit ends a goroutine whatever one does, so an actor
// whose handler called it goes on with another one. protoactor code that sends to a PID can't wait: a full mailbox makes its
// message a dead letter, and its PoisonPill is a Stop.
package actor
