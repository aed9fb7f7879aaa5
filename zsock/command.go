package zsock

import (
	"sync/atomic"

	"github.com/actomq/actomq/actor"
)

// Command is what the actor of a socket is told. The methods of Socket build commands and wait for the answer; any actor
// can send the same ones to Socket.Ref. A command that embeds an actor.Reply answers there; the zero Reply drops the answer.
type Command interface{ isCommand() }

type (
	// Bind binds the socket to endpoints, in order. The first failure ends it.
	Bind struct {
		actor.Reply[struct{}]
		Endpoints []string
		Unsafe    bool // skip parser and policy
	}
	// Connect connects the socket to endpoints, in order. The first failure ends it.
	Connect struct {
		actor.Reply[struct{}]
		Endpoints []string
		Unsafe    bool
	}
	// Unbind undoes binds, by the endpoint asked for or the resolved one.
	Unbind struct {
		actor.Reply[struct{}]
		Endpoints []string
	}
	// Disconnect undoes connects.
	Disconnect struct {
		actor.Reply[struct{}]
		Endpoints []string
	}
	// Subscribe adds subscriptions to a Sub or XSub.
	Subscribe struct {
		actor.Reply[struct{}]
		Topics [][]byte
	}
	// Unsubscribe takes subscriptions back, each as often as it was made.
	Unsubscribe struct {
		actor.Reply[struct{}]
		Topics [][]byte
	}
	// Endpoints asks what the socket is bound or connected to, resolved.
	Endpoints struct {
		actor.Reply[[]string]
		Mode Mode
	}
	// SetOption sets an option by its libzmq name.
	SetOption struct {
		actor.Reply[struct{}]
		Name  string
		Value any
	}
	// Option reads an option by its libzmq name.
	Option struct {
		actor.Reply[any]
		Name string
	}
	// Send hands a message to libzmq and answers when it took or refused it. A socket that can't take more at the moment
	// refuses with ErrWouldBlock: an actor has no one to make wait. Socket.Post, with the handler's context, waits.
	Send struct {
		actor.Reply[struct{}]
		Message Message
	}
	// Post hands a message to libzmq; a refusal, which ErrWouldBlock is too, is a dead letter.
	Post struct {
		Message Message
	}
	// Fault takes the libzmq socket away from its actor, as a crash would, so that tests can see the supervisor bring the
	// socket back. What libzmq had taken and not sent yet is lost.
	Fault struct{}

	// retry says that a blocked socket has dozed long enough.
	retry struct{}
)

func (Bind) isCommand()        {}
func (Connect) isCommand()     {}
func (Unbind) isCommand()      {}
func (Disconnect) isCommand()  {}
func (Subscribe) isCommand()   {}
func (Unsubscribe) isCommand() {}
func (Endpoints) isCommand()   {}
func (SetOption) isCommand()   {}
func (Option) isCommand()      {}
func (Send) isCommand()        {}
func (Post) isCommand()        {}
func (Fault) isCommand()       {}
func (retry) isCommand()       {}

// The states of a delivery.
const (
	waiting    int32 = iota // may be cancelled
	committing              // libzmq may be taking it at this moment
	settled                 // answered
	cancelled               // the caller went away first; nothing more of it is sent
)

// delivery is a Send, SendBatch or TrySend, whose caller waits for the exact outcome.
type delivery struct {
	one     Message
	many    []Message // nil for one
	trial   bool      // refuse it when libzmq takes nothing at the moment
	state   atomic.Int32
	taken   atomic.Int64 // messages that libzmq took; the owner writes it
	encoded int          // of many, of the owner: how many it has taken or are in the burst
	answer  chan error   // capacity 1
	reply   actor.Reply[struct{}]
}

// partial tells whether some messages of a batch are in the burst.
func (d *delivery) partial() bool { return d != nil && d.encoded > int(d.taken.Load()) }

func newDelivery(one Message, many []Message) *delivery {
	return &delivery{one: one, many: many, answer: make(chan error, 1)}
}

// settle answers the caller; only the first call counts.
func (d *delivery) settle(err error) {
	if d.state.Swap(settled) == settled {
		return
	}
	if d.answer != nil {
		d.answer <- err
	}
	if err != nil {
		d.reply.Refuse(err)
	} else {
		d.reply.Answer(struct{}{})
	}
}
