package actor

// Behavior is what an actor does with a message of type M. All its methods, those of the optional interfaces included,
// run on the one goroutine that the actor keeps for life, so a behaviour needs no locks for what only it touches.
//
// A returned error, a panic and a runtime.Goexit are failures: the message is not handled again, the actor is suspended,
// and its parent decides. ErrStop ends the actor normally, see also WithPermanent. An error that comes of the end of the handler's own context is no
// failure, since that context ends only when a stop or restart is asked for.
type Behavior[M any] interface {
	Receive(ctx *Context[M], m M) error
}

// Func is a behaviour that is one function.
type Func[M any] func(ctx *Context[M], m M) error

// Receive calls f.
func (f Func[M]) Receive(ctx *Context[M], m M) error { return f(ctx, m) }

// Starter is a behaviour that prepares itself before its first message. An error in the first incarnation is returned by
// Spawn and ends the actor; in a later one it is a failure.
type Starter[M any] interface {
	Start(ctx *Context[M]) error
}

// Stopper is a behaviour that cleans up. Stop runs exactly once for every incarnation, also for one whose Start failed, on
// a restart (cause is the failure) and on a stop (cause is nil when nothing failed). A panic in it is reported and ignored.
type Stopper[M any] interface {
	Stop(ctx *Context[M], cause error)
}

// Flusher is a behaviour that works in bursts: Flush runs after the last message of a drain, before the actor waits again.
type Flusher[M any] interface {
	Flush(ctx *Context[M]) error
}

// Sleeper is a behaviour that arranges to be woken by others than those who tell it messages. Sleep runs when nothing is left
// to do, right before the actor waits. With yield, everybody else gets a turn first, and Sleep runs again if that brought nothing.
type Sleeper[M any] interface {
	Sleep(ctx *Context[M]) (yield bool, err error)
}

// Readier is a behaviour that waits for something besides messages: Ready runs after a token arrived in the channel that
// Context.Notify returns. Tokens coalesce, so Ready looks at everything that it waits for.
type Readier[M any] interface {
	Ready(ctx *Context[M]) error
}

// Parent is a behaviour that decides about its children. Without it, a child's failure is a failure of the parent.
type Parent[M any] interface {
	// ChildFailed is called when a child failed; the child is suspended until it is restarted or stopped. An error escalates.
	// A failure that somebody's Restart has overtaken is not told.
	ChildFailed(ctx *Context[M], child Handle, failure Failure) error
	// ChildStopped is called once for each child that is gone. An incarnation that failed or is being stopped is told of
	// nothing more: its children go with it.
	ChildStopped(ctx *Context[M], child Handle, cause error) error
}

// Winder is a behaviour whose incarnation ends in steps. WindDown is called when a stop, a restart or a halt is asked for, and
// again after everything that is delivered from then on; the incarnation ends once it has returned true. Delivered are the
// ends of children, also to an incarnation that failed, timers, and results of Context.Go; messages and failures of children
// are not. A panic, or an error of what is delivered, ends the winding down; children that are left then stop all at once.
type Winder[M any] interface {
	WindDown(ctx *Context[M]) (done bool)
}

// Refuser is a message that somebody waits on: Refuse tells them that it will not be handled. Every message that embeds a
// Reply is one. What is refused is no dead letter, since its sender knows.
type Refuser interface {
	Refuse(err error)
}
