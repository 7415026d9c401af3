package io.github.nylaswebhook.faults;

import java.io.IOException;
import java.nio.file.Path;
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
    server.start();
  }

  String url() {
    return "redis://127.0.0.1:" + port;
  }

  void stop() throws IOException {
    server.stop();
  }

  void startAgain() throws IOException {
    server.start();
  }

  @Override
  public void close() throws IOException {
    server.stop();
  }
}
