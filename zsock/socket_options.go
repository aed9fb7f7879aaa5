package zsock

import (
	"time"

	"github.com/actomq/actomq/supervision"
)

// SocketOption configures a socket that is being opened.
type SocketOption func(*socketConfig)

type socketConfig struct {
	name          string
	settings      []optionSetting
	topics        [][]byte
	binds         []string
	connects      []string
	inboxMessages int
	inboxBytes    int
	newest        bool
	outbox        int
	limit         messageLimit
	supervisor    *supervision.Supervisor
	properties    []string
	secured       bool
	invalid       error // what an option found wrong with its parameters
}

// WithName names the socket in snapshots, errors and logs. The name must be free; the default is made of the type and a
// number.
func WithName(name string) SocketOption { return func(c *socketConfig) { c.name = name } }

// WithBind binds the socket to endpoints.
func WithBind(endpoints ...string) SocketOption {
	return func(c *socketConfig) { c.binds = append(c.binds, endpoints...) }
}

// WithConnect connects the socket to endpoints.
func WithConnect(endpoints ...string) SocketOption {
	return func(c *socketConfig) { c.connects = append(c.connects, endpoints...) }
}

// WithSubscribe subscribes a Sub or XSub to topics; the empty topic takes everything.
func WithSubscribe[T ~string | ~[]byte](topics ...T) SocketOption {
	return func(c *socketConfig) { c.topics = append(c.topics, asBytes(topics)...) }
}

// WithIdentity sets the routing id by which a Router peer knows the socket: 1 to 255 bytes, not beginning with a zero
// byte (ZMQ_ROUTING_ID). Without it the Router makes one up for each connection.
func WithIdentity[T ~string | ~[]byte](id T) SocketOption {
	return WithOption("routing_id", []byte(id))
}

// WithLinger sets how long unsent messages are kept for their peers when the socket closes. The default is 100 ms; a
// negative time means for ever.
func WithLinger(d time.Duration) SocketOption { return WithOption("linger", d) }

// WithSendHWM sets how many messages libzmq queues for a peer before it takes no more; the default is 1,000, 0 means no limit. It can't
// be changed later.
func WithSendHWM(messages int) SocketOption { return WithOption("sndhwm", messages) }

// WithRecvHWM sets how many messages libzmq queues from a peer; the default is 1,000, 0 means no limit. It can't be changed later.
func WithRecvHWM(messages int) SocketOption { return WithOption("rcvhwm", messages) }

// WithMaxMessageSize sets how many bytes a frame may have; the default is 64 MiB, -1 means any number. A peer that sends a longer one is
// disconnected, or, where libzmq lets it pass, as it does up to 640 bytes and over inproc, its message is a dead letter. Our own longer ones
// are refused with ErrTooLarge.
func WithMaxMessageSize(bytes int64) SocketOption { return WithOption("maxmsgsize", bytes) }

// WithImmediate has messages wait for peers whose handshake is done; else libzmq queues a share of them for each connect that is
// not answered yet.
func WithImmediate() SocketOption { return WithOption("immediate", true) }

// WithKeepalive has the operating system ask a peer whose tcp connection was silent for idle whether its machine is there, and ask
// again every interval; with so many questions in a row unanswered, the connection ends. Times are whole seconds, at least one. The default is 5 s,
// 2 s and 3 questions; 0 questions turn it off. What was sent and is not acknowledged is the system's to repeat, for a quarter of an
// hour or so, unless the option tcp_maxrt bounds it, which bounds the time of a peer that does not read as well.
func WithKeepalive(idle, interval time.Duration, questions int) SocketOption {
	seconds := func(d time.Duration) int { return max(1, int((d+time.Second-1)/time.Second)) }
	settings := []optionSetting{{"tcp_keepalive", 0}}
	if questions > 0 {
		settings = []optionSetting{{"tcp_keepalive", 1}, {"tcp_keepalive_idle", seconds(idle)}, {"tcp_keepalive_intvl", seconds(interval)},
			{"tcp_keepalive_cnt", questions}}
	}
	return func(c *socketConfig) { c.settings = append(c.settings, settings...) }
}

// WithReconnect sets how long to wait before a lost connection is tried anew: first at first, and twice as long with each try up to
// most. libzmq adds up to first at random. The default is 100 ms and 10 s; a negative first means that it is not tried again.
func WithReconnect(first, most time.Duration) SocketOption {
	return func(c *socketConfig) {
		c.settings = append(c.settings, optionSetting{"reconnect_ivl", first}, optionSetting{"reconnect_ivl_max", most})
	}
}

// WithHandshakeTimeout sets how long a peer may take to end its handshake before the connection ends; the default is 5 s, 0 means for ever.
func WithHandshakeTimeout(d time.Duration) SocketOption { return WithOption("handshake_ivl", d) }

// WithConnectTimeout sets how long a connect may take at tcp before it is tried anew; the default is 5 s, 0 leaves it to the system.
func WithConnectTimeout(d time.Duration) SocketOption { return WithOption("connect_timeout", d) }

// WithOption sets an option by its libzmq name, see Socket.SetOption.
func WithOption(name string, value any) SocketOption {
	return func(c *socketConfig) { c.settings = append(c.settings, optionSetting{name, value}) }
}

// WithInbox bounds what the socket has fetched from libzmq and nobody has read yet; the default is 1,024 messages and
// 16 MiB, where each frame beyond the first of a message counts 24 bytes more. When it is full, libzmq's own queue fills, and then the peer feels it.
func WithInbox(messages, bytes int) SocketOption {
	return func(c *socketConfig) {
		c.inboxMessages, c.inboxBytes, c.newest = max(1, messages), max(1, bytes), false
	}
}

// WithNewest keeps the newest messages of what nobody has read yet, as many as that: older ones make room, and are counted in Stats.Replaced.
// So a slow reader of values that a later one replaces gets the latest, and its peer feels no pressure. Messages are whole, of any number of frames. The
// channel of Messages may hold one more, which is older. It takes the place of libzmq's option conflate, and of WithInbox.
func WithNewest(messages int) SocketOption {
	return func(c *socketConfig) { c.inboxMessages, c.newest = max(1, messages), true }
}

// WithOutbox bounds how many messages wait for the socket's actor before Post and Send wait; the default is 1,024. What the
// actor has taken over is at most as much again. A batch goes in as a whole once there is room for one message.
func WithOutbox(messages int) SocketOption {
	return func(c *socketConfig) { c.outbox = max(1, messages) }
}

// WithSupervisor hangs the socket under that supervisor, which must be of the same system, instead of the one for sockets.
func WithSupervisor(s *supervision.Supervisor) SocketOption {
	return func(c *socketConfig) { c.supervisor = s }
}

// configure checks everything that can be checked before there is a socket, and makes it the desired state.
func (s *Socket) configure(c *socketConfig) error {
	s.inbox = newInbox(c.inboxMessages, c.inboxBytes, s.poked)
	s.inbox.newest = c.newest
	s.outbox = newOutbox(c.outbox, s.poked)
	s.desired.properties = c.properties
	s.limit = c.limit
	if c.invalid != nil {
		return &Error{Op: "open", Socket: s.name, Err: c.invalid}
	}
	for _, setting := range c.settings {
		option, value, err := writableOption(s.typ, setting.name, setting.value)
		if err != nil {
			return err
		}
		if err := s.mayChange(option, value); err != nil {
			return err
		}
		s.desired.set(option, value)
	}
	if len(c.topics) > 0 && s.typ != Sub && s.typ != XSub {
		return &Error{Op: "subscribe", Socket: s.name, Err: ErrType, Hint: "only Sub and XSub subscribe"}
	}
	for _, topic := range c.topics {
		s.desired.subscribe(topic)
	}
	for _, text := range c.binds {
		p, err := s.place(OpBind, text, false)
		if err != nil {
			return err
		}
		s.desired.binds = append(s.desired.binds, p)
	}
	for _, text := range c.connects {
		p, err := s.place(OpConnect, text, false)
		if err != nil {
			return err
		}
		s.desired.connects = append(s.desired.connects, p)
	}
	return nil
}
