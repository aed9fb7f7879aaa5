//go:build !linux

package main

import "errors"

var errNoNamespaces = errors.New("this is not Linux")

func startAlone(string, string) (*peer, error) { return nil, errNoNamespaces }

type cable struct{ near string }

func newCable() (*cable, error) { return nil, errNoNamespaces }

func (s *scene) startFar(*cable, string) (*peer, error) { return nil, errNoNamespaces }

func (c *cable) set(string) error { return errNoNamespaces }
