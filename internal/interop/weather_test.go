package interop

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// averaged checks what the client prints: n updates and their average.
func averaged(t *testing.T, text, zip string, n int) (average string) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) != n+2 {
		t.Fatalf("%d lines, want %d:\n%s", len(lines), n+2, text)
	}
	equal(t, "first line", lines[0], "Subscribing to ZIP code "+zip+" only")
	total := 0
	for i, line := range lines[1 : n+1] {
		value, ok := strings.CutPrefix(line, fmt.Sprintf("Client got temperature update #%d: ", i))
		temperature, err := strconv.Atoi(value)
		if !ok || err != nil || temperature < -80 || temperature > 134 {
			t.Fatalf("line %q", line)
		}
		total += temperature
	}
	average = fmt.Sprintf("%.1f", float64(total)/float64(n))
	equal(t, "last line", lines[n+1], fmt.Sprintf("Average temperature for ZIP code %q was %s", zip, average))
	return average
}

func TestWeather(t *testing.T) {
	weather := example(t, "weather")

	scenario(t, "averages ten reports by itself", func(t *testing.T) {
		averaged(t, start(t, weather, "-endpoint", anyPort).succeed(), "10001", 10)
	})
	scenario(t, "works as processes, with several clients at once, and an interrupt ends the server well", func(t *testing.T) {
		server := start(t, weather, "-role", "server", "-endpoint", anyPort)
		where := server.announced()
		one := start(t, weather, "-role", "client", "-zip", "99", "-n", "20", "-endpoint", where)
		two := start(t, weather, "-role", "client", "-zip", "123", "-n", "20", "-endpoint", where)
		averaged(t, one.succeed(), "99", 20)
		averaged(t, two.succeed(), "123", 20)
		server.interrupt()
		server.succeed()
	})
	for _, other := range exampleImplementations() {
		scenario(t, "reports to "+other.name, func(t *testing.T) {
			peer := other.command(t)
			server := start(t, weather, "-role", "server", "-endpoint", anyPort)
			reports := start(t, peer, "weather-client", server.announced(), "10", "20").succeed()
			form := regexp.MustCompile(`^10\d{3} (-?\d+) (\d+)\n$`)
			count := 0
			for line := range strings.Lines(reports) {
				count++
				values := form.FindStringSubmatch(line)
				if values == nil {
					t.Fatalf("report %q", line)
				}
				temperature, _ := strconv.Atoi(values[1])
				humidity, _ := strconv.Atoi(values[2])
				if temperature < -80 || temperature > 134 || humidity < 10 || humidity > 59 {
					t.Errorf("report %q is out of range", line)
				}
			}
			if count != 20 {
				t.Errorf("%d reports, want 20", count)
			}
		})
		scenario(t, "listens to "+other.name, func(t *testing.T) {
			peer := other.command(t)
			server := start(t, peer, "weather-server")
			client := start(t, weather, "-role", "client", "-endpoint", server.announced())
			// The other places of that server are at 99 degrees.
			equal(t, "average", averaged(t, client.succeed(), "10001", 10), "21.0")
		})
	}
}
