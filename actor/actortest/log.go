package actortest

import (
	"context"
	"sync"
)

// kept bounds a log.
const kept = 100_000

// log is a list that can be waited on.
type log[T any] struct {
	mu    *sync.Mutex
	list  []T
	grown chan struct{} // closed and replaced with each addition
}

func newLog[T any]() log[T] { return log[T]{mu: new(sync.Mutex), grown: make(chan struct{})} }

func (l *log[T]) add(one T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.list) >= kept {
		l.list = append([]T(nil), l.list[kept/2:]...)
	}
	l.list = append(l.list, one)
	close(l.grown)
	l.grown = make(chan struct{})
}

func (l *log[T]) look(match func(T) bool) (found []T, grown <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, one := range l.list {
		if match == nil || match(one) {
			found = append(found, one)
		}
	}
	return found, l.grown
}

func (l *log[T]) matching(match func(T) bool) []T {
	found, _ := l.look(match)
	return found
}

func (l *log[T]) await(ctx context.Context, n int, match func(T) bool) ([]T, error) {
	for {
		found, grown := l.look(match)
		if len(found) >= n {
			return found, nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return found, context.Cause(ctx)
		}
	}
}
