"""What vendors and callers say on the wire. Synchronous and without I/O, so that any cut of a stream can be tested."""
