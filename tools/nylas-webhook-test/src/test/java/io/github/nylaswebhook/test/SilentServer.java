package io.github.nylaswebhook.test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** Takes connections and never answers. */
final class SilentServer implements AutoCloseable {
  private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());

  SilentServer() throws IOException {}

  String url() {
    return "http://127.0.0.1:" + socket.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
