package figure

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// Write writes the machine, whatever that is, and then each figure as one JSON object a line.
func Write(out io.Writer, machine any, lines []Figure) error {
	encoder := json.NewEncoder(out)
	if err := encoder.Encode(machine); err != nil {
		return err
	}
	for _, f := range lines {
		if err := encoder.Encode(f); err != nil {
			return err
		}
	}
	return nil
}

// Read reads figures and goals, and passes over lines of other kinds.
func Read(in io.Reader) ([]Figure, error) {
	var all []Figure
	decoder := json.NewDecoder(in)
	for {
		var raw json.RawMessage
		if err := decoder.Decode(&raw); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("figures: line %d: %w", len(all)+1, err)
		}
		var goal Goal
		var f Figure
		if err := errors.Join(json.Unmarshal(raw, &goal), json.Unmarshal(raw, &f)); err != nil {
			return nil, fmt.Errorf("figures: line %d: %w", len(all)+1, err)
		}
		if goal.Goal != "" {
			f = goal.Figure()
		}
		if f.Case != "" {
			all = append(all, f)
		}
	}
}

// ReadFile reads the figures of a file that has some.
func ReadFile(name string) ([]Figure, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("figures: %w", err)
	}
	defer file.Close()
	all, err := Read(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("figures: %s has none: it is made by bench -save or -json", name)
	}
	return all, nil
}
