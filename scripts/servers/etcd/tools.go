//go:build tools

// Package tools pins etcd, which is itself a main package, by this module's go.sum.
package tools

import _ "go.etcd.io/etcd/server/v3"
