package interop

import (
	"context"
	"log/slog"
	"testing"

	"github.com/actomq/actomq/zsock"
)

func system(t *testing.T) *zsock.System {
	t.Helper()
	sys, err := zsock.NewSystem(zsock.WithLogger(slog.New(slog.NewTextHandler(t.Output(), nil))))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := sys.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return sys
}

// bind gives the endpoint that s is bound to then.
func bind(t *testing.T, s *zsock.Socket, endpoint string) string {
	t.Helper()
	ctx := limited(t)
	if err := s.Bind(ctx, endpoint); err != nil {
		t.Fatal(err)
	}
	bound, err := s.Endpoints(ctx, zsock.Bound)
	if err != nil {
		t.Fatal(err)
	}
	return bound[0]
}

// sillyVentilator hands out a task that is none.
func sillyVentilator(t *testing.T) (endpoint string) {
	t.Helper()
	s, err := system(t).Open(zsock.Push)
	if err != nil {
		t.Fatal(err)
	}
	endpoint = bind(t, s, anyPort)
	if err := s.Post(limited(t), zsock.Text("many")); err != nil {
		t.Fatal(err)
	}
	return endpoint
}
