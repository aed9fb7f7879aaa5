module github.com/actomq/actomq/bench/others

go 1.26.0

replace github.com/actomq/actomq => ../..

require (
	github.com/actomq/actomq v0.0.0-00010101000000-000000000000
	github.com/go-zeromq/goczmq/v4 v4.2.2
	github.com/go-zeromq/zmq4 v0.17.0
)

require (
	golang.org/x/exp v0.0.0-20261014143641-f0251eb4aa3e // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.15.0 // indirect
)
