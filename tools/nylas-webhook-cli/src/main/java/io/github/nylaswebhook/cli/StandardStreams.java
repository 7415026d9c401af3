package io.github.nylaswebhook.cli;

import java.io.InputStream;
import java.io.OutputStream;

/** What a command reads and writes: the process's own streams, or a test's. */
record StandardStreams(InputStream in, OutputStream out, OutputStream err) {}
