package pipeline

import (
	"bytes"
	"slices"
	"testing"
	"time"
)

func TestWhatIsEncodedIsDecoded(t *testing.T) {
	h := header{kind: kindTasks, session: 1 << 60, sequence: 7, run: 9}
	frame := appendTask(appendTask(h.append(nil), 3, []byte("abc")), 1<<50, nil)
	gotHeader, payload, err := parseHeader(frame)
	if err != nil || gotHeader != h {
		t.Fatalf("%+v, %v", gotHeader, err)
	}
	tasks, err := parseTasks(nil, 9, payload)
	if err != nil || len(tasks) != 2 || tasks[0].id != 3 || string(tasks[0].body) != "abc" || tasks[1].id != 1<<50 || tasks[1].run != 9 {
		t.Errorf("%+v, %v", tasks, err)
	}
	o := outcome{run: 9, id: 5, status: statusFailed, body: []byte("no")}
	outcomes, err := parseOutcomes(nil, 9, appendOutcome(nil, o))
	if err != nil || len(outcomes) != 1 || outcomes[0].id != 5 || outcomes[0].status != statusFailed || !bytes.Equal(outcomes[0].body, o.body) {
		t.Errorf("%+v, %v", outcomes, err)
	}
	g := greeting{worker: 1 << 63, credit: 12, name: "w"}
	if got, err := parseGreeting(g.append(nil)); err != nil || got != g {
		t.Errorf("%+v, %v", got, err)
	}
}

// FuzzBook feeds the ventilator's book with whatever a peer may send: it must not panic, lose a task or deliver one twice.
func FuzzBook(f *testing.F) {
	hello := greeting{worker: 5, credit: 3, name: "w"}.append(header{kind: kindHello, session: 2, sequence: 1}.append(nil))
	f.Add(hello, appendOutcome(header{kind: kindResults, session: 2, sequence: 2, run: 1}.append(nil), outcome{id: 1}))
	f.Add(hello, appendOutcome(header{kind: kindResults, session: 2, sequence: 3, run: 1}.append(nil), outcome{id: 2, status: statusPanicked}))
	f.Add(hello, header{kind: kindBye, session: 2, sequence: 2}.append(nil))
	f.Add(hello, header{kind: kindPing, session: 9, sequence: 2}.append(nil))
	f.Add([]byte{1}, []byte{})
	f.Fuzz(func(t *testing.T, first, second []byte) {
		var s stats
		b := newBook(1, 4, 2, time.Second, &s)
		j := newJob(10, 1<<20)
		for i := range 5 {
			b.admit([]*task{{number: i, job: j}})
		}
		for _, frame := range [][]byte{first, second, first, second} {
			b.take("a", frame)
			b.take("b", slices.Clone(frame))
			checkFrames(t, b.dispatch(nil))
			b.tick()
		}
		for range silentTicks + 1 {
			b.tick()
		}
		waiting := 0
		for b.pop() != nil {
			waiting++
		}
		results, _ := j.take(nil)
		seen := make(map[int]bool)
		for _, r := range results {
			if seen[r.number] {
				t.Fatalf("task %d has two results", r.number)
			}
			seen[r.number] = true
		}
		if len(results)+waiting != 5 {
			t.Fatalf("%d results and %d waiting, want 5 together", len(results), waiting)
		}
	})
}

func checkFrames(t *testing.T, out []outgoing) {
	for _, o := range out {
		h, payload, err := parseHeader(o.frame)
		if err == nil && h.kind == kindTasks {
			_, err = parseTasks(nil, h.run, payload)
		}
		if err != nil {
			t.Fatalf("the ventilator sends what it could not read itself: %v", err)
		}
	}
}

// FuzzTasks has a worker's side read whatever comes.
func FuzzTasks(f *testing.F) {
	f.Add(appendTask(header{kind: kindTasks}.append(nil), 1, []byte("x")))
	f.Fuzz(func(t *testing.T, frame []byte) {
		h, payload, err := parseHeader(frame)
		if err != nil {
			return
		}
		tasks, err := parseTasks(nil, h.run, payload)
		if err != nil && len(tasks) != 0 {
			t.Fatal("a malformed payload gave tasks")
		}
		total := 0
		for _, task := range tasks {
			total += len(task.body)
		}
		if total > len(payload) {
			t.Fatalf("%d bytes of tasks in %d bytes of payload", total, len(payload))
		}
	})
}
