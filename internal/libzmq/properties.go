package libzmq

// Properties are what libzmq tells of the message that is being delivered, see [Socket.Want]. They are shared by messages that have the same
// ones, and never change. A nil *Properties has none.
type Properties struct {
	names  []string
	values []string
	known  []bool
}

// Get gives a property's text (zmq_msg_gets(3)). ok is false for one that the message does not have or that the socket did not want.
func (p *Properties) Get(name string) (value string, ok bool) {
	if p == nil {
		return "", false
	}
	for i, n := range p.names {
		if n == name {
			return p.values[i], p.known[i]
		}
	}
	return "", false
}
