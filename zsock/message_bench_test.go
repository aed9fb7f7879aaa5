package zsock

import "testing"

func BenchmarkMessage(b *testing.B) {
	envelope, err := NewEnvelope("broker", "client 7")
	must(b, err)
	numbers, body := Text("-12345", "6.25", "true", "anything"), Text("body")
	routed, wrapped := body.To("client 7"), body.PushEnvelope(envelope)
	var n int
	var f float64
	var yes bool
	var frame []byte
	for _, e := range []struct {
		name string
		run  func()
	}{
		{"Scan", func() { must(b, numbers.Scan(&n, &f, &yes, &frame)) }},
		{"SplitID", func() { _, _, err = routed.SplitID() }},
		{"PopFront", func() { frame, _, yes = routed.PopFront() }},
		{"To", func() { routed = body.To("client 7") }},
		{"PushEnvelope", func() { wrapped = body.PushEnvelope(envelope) }},
		{"PopEnvelope", func() { _, _, err = wrapped.PopEnvelope() }},
	} {
		b.Run(e.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				e.run()
			}
		})
	}
}
