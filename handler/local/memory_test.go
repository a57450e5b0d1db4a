package main

import (
	"context"
	"net"
	"sync"
	"time"
)

// memoryListener is a net.Listener whose connections are in memory. Unlike TCP they work in a synctest bubble.
type memoryListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newMemoryListener() *memoryListener {
	return &memoryListener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

// Accept implements [net.Listener].
func (l *memoryListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener].
func (l *memoryListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr implements [net.Listener].
func (l *memoryListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080} }

// dial connects a client to the listener, whatever the address is.
func (l *memoryListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.conns <- memoryConn{server}:
		return client, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// memoryConn is the server's end of a connection in memory.
type memoryConn struct{ net.Conn }

// RemoteAddr implements [net.Conn].
func (memoryConn) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 50000} }

// Write implements [net.Conn]. Like on a network, an answer takes some time: the client finishes its request before the
// answer arrives, and no two requests come at the same time.
func (c memoryConn) Write(data []byte) (int, error) {
	time.Sleep(time.Millisecond)
	return c.Conn.Write(data)
}
