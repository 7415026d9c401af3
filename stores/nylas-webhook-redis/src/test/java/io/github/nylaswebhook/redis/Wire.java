package io.github.nylaswebhook.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;

/** A way to Redis on which answers get lost. */
final class Wire implements AutoCloseable {
  private final ServerSocket door;
  private volatile int port;
  private final List<Line> lines = new CopyOnWriteArrayList<>();

  private static final class Line {
    private final Socket client;
    private final Socket server;
    private volatile boolean mute;

    Line(Socket client, Socket server) {
      this.client = client;
      this.server = server;
    }

    void cut() throws IOException {
      client.close();
      server.close();
    }
  }

  Wire(int port) throws IOException {
    this(port, Duration.ZERO);
  }

  /** One that lets nothing through at first. */
  Wire(int port, Duration closedFor) throws IOException {
    this.port = port;
    door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    daemon(
        () -> {
          LockSupport.parkNanos(closedFor.toNanos());
          accept();
        });
  }

  /** New connections lead to another Redis. */
  void leadTo(int otherPort) {
    port = otherPort;
  }

  String url() {
    return "redis://127.0.0.1:" + door.getLocalPort();
  }

  /** From now on, questions arrive and answers don't, on the connections that there are. */
  void loseAnswers() {
    lines.forEach(line -> line.mute = true);
  }

  void cut() throws IOException {
    List<Line> cut = new ArrayList<>(lines);
    lines.removeAll(cut);
    for (Line line : cut) {
      line.cut();
    }
  }

  private void accept() {
    try {
      while (true) {
        Socket client = door.accept();
        Line line = new Line(client, new Socket(InetAddress.getLoopbackAddress(), port));
        lines.add(line);
        daemon(() -> copy(line, line.client, line.server, false));
        daemon(() -> copy(line, line.server, line.client, true));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private static void copy(Line line, Socket from, Socket to, boolean answers) {
    byte[] buffer = new byte[8192];
    try (InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream()) {
      for (int n; (n = in.read(buffer)) >= 0; ) {
        if (!answers || !line.mute) {
          out.write(buffer, 0, n);
          out.flush();
        }
      }
    } catch (IOException e) {
      // Cut, at one end or the other.
    }
  }

  private static void daemon(Runnable task) {
    Thread thread = new Thread(task, "wire");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    door.close();
    cut();
  }
}
