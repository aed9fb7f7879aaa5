package figure

import (
	"math"
	"slices"
)

// Whitney is the two-sided p-value of the Mann-Whitney U test: how likely two samples are ranked at least as unevenly when
// they come from one distribution. It is exact, also with ties: it counts all ways to deal the ranks. With 5 values on each
// side the least p is 0.008, with 3 it is 0.1.
func Whitney(a, b []float64) float64 {
	n, all := len(a), slices.Concat(a, b)
	if n == 0 || len(b) == 0 {
		return 1
	}
	ranks := twiceRanks(all)
	// ways[k][s]: in how many ways k of the ranks looked at so far have the sum s.
	most := 0
	for _, r := range ranks {
		most += r
	}
	ways := make([][]float64, n+1)
	for k := range ways {
		ways[k] = make([]float64, most+1)
	}
	ways[0][0] = 1
	for _, r := range ranks {
		for k := n; k > 0; k-- {
			for s := most; s >= r; s-- {
				ways[k][s] += ways[k-1][s-r]
			}
		}
	}
	own := 0
	for _, r := range ranks[:n] {
		own += r
	}
	middle := float64(n*most) / float64(len(all))
	total, uneven := 0.0, 0.0
	for s, w := range ways[n] {
		total += w
		if math.Abs(float64(s)-middle) >= math.Abs(float64(own)-middle)-1e-9 {
			uneven += w
		}
	}
	return uneven / total
}

// twiceRanks are the ranks of the values, counted from 1, doubled so that those of ties are whole.
func twiceRanks(values []float64) []int {
	sorted := slices.Sorted(slices.Values(values))
	ranks := make([]int, len(values))
	for i, v := range values {
		first, _ := slices.BinarySearch(sorted, v)
		last := first
		for last+1 < len(sorted) && sorted[last+1] == v {
			last++
		}
		ranks[i] = first + last + 2
	}
	return ranks
}
