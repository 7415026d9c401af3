package io.github.nylaswebhook.faults;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import redis.embedded.RedisServer;

/** A Redis that keeps what it has confirmed, and can be stopped and started again. */
final class Redis implements AutoCloseable {
  private final int port = Faults.freePort();
  private final RedisServer server;

  Redis(Path folder) throws IOException {
    server =
        RedisServer.newRedisServer()
            .port(port)
            .setting("save \"\"")
            .setting("appendonly yes")
            .setting("appendfsync always")
            .setting("maxmemory-policy noeviction")
            .setting("dir " + folder)
            // Somebody has to read it, or Redis waits for them.
            .soutListener(line -> {})
            .build();
    startAgain();
  }

  String url() {
    return "redis://127.0.0.1:" + port;
  }

  void stop() throws IOException {
    server.stop();
  }

  /**
   * Its program was just written here, and what another test's thread forks in that moment has it
   * open for writing for as long: "Text file busy".
   */
  void startAgain() throws IOException {
    for (int tries = 1; ; tries++) {
      try {
        server.start();
        return;
      } catch (IOException e) {
        if (tries == 20) {
          throw e;
        }
        Faults.pass(Duration.ofMillis(100));
      }
    }
  }

  @Override
  public void close() throws IOException {
    server.stop();
  }
}
