package main

import (
	"fmt"
	"strconv"
	"strings"
)

// choose returns those of all whose names are in the comma-separated list, in the order of all; everything for "".
func choose[T any](what string, all []T, name func(T) string, list string) ([]T, error) {
	if list == "" {
		return all, nil
	}
	wanted := make(map[string]bool)
	for n := range strings.SplitSeq(list, ",") {
		wanted[n] = true
	}
	var chosen []T
	var known []string
	for _, v := range all {
		n := name(v)
		known = append(known, n)
		if wanted[n] {
			chosen = append(chosen, v)
			delete(wanted, n)
		}
	}
	for n := range wanted {
		return nil, fmt.Errorf("bench: unknown %s %q: known are %s", what, n, strings.Join(known, ", "))
	}
	return chosen, nil
}

// numbers reads a comma-separated list of whole numbers, each at least least; nil for "". A K or M stands for 1,024 or its
// square.
func numbers(what, list string, least int) ([]int, error) {
	if list == "" {
		return nil, nil
	}
	var all []int
	for text := range strings.SplitSeq(list, ",") {
		digits, unit := text, 1
		if rest, ok := strings.CutSuffix(text, "K"); ok {
			digits, unit = rest, 1<<10
		} else if rest, ok := strings.CutSuffix(text, "M"); ok {
			digits, unit = rest, 1<<20
		}
		n, err := strconv.Atoi(digits)
		if err != nil || n < 0 || n > 1<<30 || n*unit < least {
			return nil, fmt.Errorf("bench: %s: %q is no number of at least %d", what, text, least)
		}
		all = append(all, n*unit)
	}
	return all, nil
}
