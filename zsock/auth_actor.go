package zsock

import (
	"context"
	"errors"
	"time"

	"github.com/actomq/actomq/actor"
)

// authCommand is what the judging actor is told.
type authCommand interface{ isAuthCommand() }

// authCheck is one connection to be judged. Every one is settled: what nobody handles is refused, and a refusal is a denial.
type authCheck struct {
	auth     *Authenticator
	serial   uint64
	who      func() *Credentials // not to be printed with what contains it
	deadline time.Time
}

// authDone is what a Check of the program's has said.
type authDone struct {
	*authCheck
	rules    *ruleSet
	identity Identity
	err      error
	broken   bool // it panicked
}

func (*authCheck) isAuthCommand() {}
func (authDone) isAuthCommand()   {}

// Refuse implements actor.Refuser: an actor that stops or restarts admits nobody.
func (c *authCheck) Refuse(err error) {
	c.settle(zapLater, "", "the authenticator is not there: "+err.Error())
}

// settle tells the handler, and says in the log why somebody was kept out.
func (c *authCheck) settle(status int, user, reason string) {
	who := c.who()
	if ref := c.auth.handler.Load(); ref != nil {
		_ = ref.TryTell(zapVerdict{serial: c.serial, status: status, user: user}) // if it is not there, nobody waits
	}
	if status == zapAdmit {
		return
	}
	attributes := []any{"domain", who.Domain, "mechanism", who.Mechanism.String(), "reason", reason}
	switch {
	case who.Address.IsValid():
		attributes = append(attributes, "address", who.Address.String())
	case who.Process != (Process{}):
		attributes = append(attributes, "uid", who.Process.UID, "pid", who.Process.PID)
	}
	if who.Mechanism == MechanismCurve {
		attributes = append(attributes, "key", who.Key.String())
	}
	if who.User != "" {
		attributes = append(attributes, "user", who.User)
	}
	c.auth.log.warn(c.auth.sys.logger, "connection refused", attributes...)
}

// authJudge is one incarnation of the actor that judges. Rules and counts are in the Authenticator and outlive it.
type authJudge struct {
	*Authenticator
	waiting []*authCheck // for a Check of the program's to return
}

// Stop implements actor.Stopper.
func (j *authJudge) Stop(_ *actor.Context[authCommand], cause error) {
	for _, c := range j.waiting {
		if cause == nil {
			cause = actor.ErrStopped
		}
		c.Refuse(cause)
	}
}

// Receive implements actor.Behavior.
func (j *authJudge) Receive(ctx *actor.Context[authCommand], m authCommand) error {
	switch m := m.(type) {
	case *authCheck:
		j.take(ctx, m)
	case authDone:
		j.done(m)
	}
	for len(j.waiting) > 0 && j.running.Load() < int64(j.limits.Concurrent) {
		c := j.waiting[0]
		j.waiting = j.waiting[1:]
		j.take(ctx, c) // anew: the rules may have changed
	}
	return nil
}

func (j *authJudge) take(ctx *actor.Context[authCommand], c *authCheck) {
	if !time.Now().Before(c.deadline) {
		return // the handler has refused it
	}
	rules := j.rulesOf(c.who().Domain)
	if rules == nil {
		reason := "its domain has no rules"
		if j.tellOnce(c.who().Domain) {
			j.sys.logger.Error("a domain without rules admits nobody: System.Authenticator().Set gives it some", "domain", c.who().Domain)
		}
		c.settle(zapDeny, "", reason)
		return
	}
	if reason := rules.judge(c.who()); reason != "" {
		c.settle(zapDeny, "", reason)
		return
	}
	switch {
	case rules.Check == nil:
		c.settle(zapAdmit, c.who().User, "")
	case j.running.Load() < int64(j.limits.Concurrent):
		j.ask(ctx, c, rules)
	case len(j.waiting) < j.limits.Pending:
		j.waiting = append(j.waiting, c)
	default:
		c.settle(zapLater, "", "too many connections wait for Check")
	}
}

// ask runs the program's Check beside the actor.
func (j *authJudge) ask(ctx *actor.Context[authCommand], c *authCheck, rules *ruleSet) {
	j.running.Add(1)
	who := *c.who()
	ctx.Go(func(ctx context.Context) authCommand {
		defer j.running.Add(-1) // also when it panics, and when this incarnation is over
		ctx, cancel := context.WithDeadline(ctx, c.deadline)
		defer cancel()
		identity, err := rules.Check(ctx, who)
		return authDone{authCheck: c, rules: rules, identity: identity, err: actor.SafeError(err)}
	}, func(err error) authCommand {
		return authDone{authCheck: c, rules: rules, err: err, broken: true}
	})
}

func (j *authJudge) done(d authDone) {
	user := d.who().User
	if d.identity.User != "" {
		user = d.identity.User
	}
	switch {
	case d.broken:
		// What was passed to panic may be anything, and is the program's to log.
		j.sys.logger.Error("the Check of a domain panicked", "domain", d.who().Domain)
		d.settle(zapLater, "", "Check panicked")
	case !time.Now().Before(d.deadline):
		// The handler has refused it already.
	case errors.Is(d.err, context.DeadlineExceeded), errors.Is(d.err, context.Canceled):
		d.settle(zapLater, "", "Check took too long")
	case d.err != nil:
		d.settle(zapDeny, "", "Check: "+d.err.Error())
	case j.rulesOf(d.who().Domain) != d.rules:
		d.settle(zapLater, "", "the rules changed while Check ran")
	case !validUser(user):
		d.settle(zapLater, "", "Check gave a user id that is not printable text of at most 255 bytes")
	default:
		d.settle(zapAdmit, user, "")
	}
}
