package main

import (
	"context"
	"fmt"

	"github.com/actomq/actomq/zsock"
)

// client averages the temperatures of n reports.
func client(ctx context.Context, sys *zsock.System, endpoint, zip string, n int) error {
	sub, err := sys.Open(zsock.Sub, zsock.WithName("client"), zsock.WithSubscribe(zip), zsock.WithConnect(endpoint))
	if err != nil {
		return err
	}
	fmt.Printf("Subscribing to ZIP code %s only\n", zip)
	total := 0
	for i := range n {
		text, err := sub.RecvString(ctx)
		if err != nil {
			return err
		}
		var place string
		var temperature, humidity int
		if _, err := fmt.Sscan(text, &place, &temperature, &humidity); err != nil {
			return fmt.Errorf("report %q is not a ZIP code, a temperature and a humidity: %w", text, err)
		}
		fmt.Printf("Client got temperature update #%d: %d\n", i, temperature)
		total += temperature
	}
	fmt.Printf("Average temperature for ZIP code %q was %.1f\n", zip, float64(total)/float64(n))
	return nil
}
