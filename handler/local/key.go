package main

import (
	"context"
	"crypto/rand"
)

// randomKey is an [approval.Keys]. Links are valid as long as the local run lasts.
type randomKey []byte

func newRandomKey() randomKey {
	key := make([]byte, 32)
	rand.Read(key) // never fails
	return key
}

// LinkKey implements [approval.Keys].
func (k randomKey) LinkKey(context.Context) ([]byte, error) { return k, nil }
