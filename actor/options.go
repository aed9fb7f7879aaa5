package actor

const defaultMailbox = 64

type options struct {
	mailbox int
	kind    string
	details func() []Detail
	finally func()

	permanent bool
}

// Option configures an actor.
type Option func(*options)

// WithMailbox sets how many messages the mailbox holds before Tell waits; the default is 64, the least is 1.
func WithMailbox(messages int) Option {
	return func(o *options) { o.mailbox = max(1, messages) }
}

// WithKind says in snapshots what sort of actor it is.
func WithKind(kind string) Option { return func(o *options) { o.kind = kind } }

// WithDetails lets an actor tell about itself in snapshots. details runs on the goroutine that takes the snapshot: it must
// be safe for concurrent use and must not wait.
func WithDetails(details func() []Detail) Option { return func(o *options) { o.details = details } }

// WithFinally has finally run once when no further incarnation will come, before the parent hears of the end and before Done
// closes: the place to give up what outlives incarnations. Nothing else of the actor runs meanwhile. It must not wait.
func WithFinally(finally func()) Option { return func(o *options) { o.finally = finally } }

// WithPermanent leaves it to the parent what becomes of an actor that ends by ErrStop: the actor is suspended, as after a
// failure, and the parent's ChildFailed is told, with Failure.Ended set. It is for supervisors of permanent children; a parent
// without ChildFailed lets the actor end.
func WithPermanent() Option { return func(o *options) { o.permanent = true } }
