package interop

import (
	"context"
	"fmt"
	"testing"

	"github.com/actomq/actomq/zsock"
)

// sizes sends single frames of all sizes, and a thousand frames at once, both ways.
func (r *rig) sizes(t *testing.T) {
	thousand := make([]int, 1000)
	for i := range thousand {
		thousand[i] = i % 300
	}
	kinds := []struct {
		name  string
		shape shape
	}{
		{"0 B", sized(1, 0)}, {"1 B", sized(2, 1)}, {"255 B", sized(3, 255)}, {"256 B", sized(4, 256)},
		{"8 KiB", sized(5, 8<<10)}, {"64 KiB", sized(6, 64<<10)}, {"1 MiB", sized(7, 1<<20)}, {"64 MiB", sized(8, 64<<20)},
		{"1,000 frames", sized(9, thousand...)},
	}
	for _, transport := range []string{"tcp", "ipc"} {
		for _, kind := range kinds {
			exchange(t, fmt.Sprintf("%s to them, %s", kind.name, transport), func(ctx context.Context, t *testing.T) {
				l := r.link(ctx, t, zsock.Push, "PULL", how{transport: transport, weBind: true})
				l.send(t, kind.shape.message())
				l.theyRecv(t, kind.shape, 0)
			})
			exchange(t, fmt.Sprintf("%s to us, %s", kind.name, transport), func(ctx context.Context, t *testing.T) {
				l := r.link(ctx, t, zsock.Pull, "PUSH", how{transport: transport})
				l.tell(t, "send", kind.shape)
				kind.shape.check(t, l.recv(t))
			})
		}
	}
}
