// Package actortest is for tests of actors: a [Probe] that hears the events of a system and waits for them without sleeping, a
// [Sink] that waits for messages, and an [Injector] that makes a behaviour fail, panic, exit or stall on demand.
//
// [New] starts a system for a test and ends it with the test. Everything works inside a bubble of testing/synctest as well, where
// backoff and timeouts take no time, if it is made inside that bubble:
//
//	func TestPrinterComesBack(t *testing.T) {
//		synctest.Test(t, func(t *testing.T) {
//			sys, probe := actortest.New(t)
//			faults := actortest.NewInjector()
//			sup, err := supervision.Start(t.Context(), sys, "sup", supervision.Spec{},
//				supervision.Actor("printer", actortest.Inject(faults, newPrinter)))
//			...
//			faults.Next(actortest.Receive, actortest.Panic("jam"))
//			...
//			_, err = probe.Await(t.Context(), 2, actortest.Is(actor.Started, "/sup/printer"))
//		})
//	}
//
// Actors of such a system whose handlers wait for each other, each for room in the other's mailbox or for its answer, are an
// error of the test that names the cycle, as "/a -> /b -> /a".
//
// What waits takes a context and says in its error what it has seen until then. All types are safe for concurrent use.
//
// What can't be injected: a fault inside of the behaviour's own code. A fault happens in the place of a call, which the behaviour
// then does not see, except in Stop, where it happens afterwards so that what the behaviour holds is released.
package actortest
