package io.github.nylaswebhook.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;

/** A connection to the witness; it ends with the process, however that ends. */
final class Testimony implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 10_000;

  private final Socket socket;
  private final BufferedReader answers;

  Testimony(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    answers = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
  }

  /** Returns when the witness has noted it. */
  void say(String... words) throws IOException {
    socket.getOutputStream().write((String.join(" ", words) + "\n").getBytes(UTF_8));
    if (!"noted".equals(answers.readLine())) {
      throw new IOException("The witness didn't note it");
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
