package io.github.nylaswebhook.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanIterator;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import redis.embedded.RedisServer;
import redis.embedded.core.RedisServerBuilder;

/** A Redis of the test's own, that can be stopped and started again under the same address. */
final class TestRedis implements AutoCloseable {
  private final int port;
  private final RedisServer server;

  private TestRedis(int port, RedisServer server) {
    this.port = port;
    this.server = server;
  }

  /** One that forgets everything when it is stopped. */
  static TestRedis start() throws IOException {
    return start("appendonly no");
  }

  /** One that keeps what it has confirmed, in that directory. */
  static TestRedis durable(Path directory) throws IOException {
    return start("appendonly yes", "appendfsync always", "dir " + directory);
  }

  private static TestRedis start(String... settings) throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    RedisServerBuilder builder =
        RedisServer.newRedisServer()
            .port(port)
            .setting("save \"\"")
            // Somebody has to read it, or Redis waits for them.
            .soutListener(line -> {});
    for (String setting : settings) {
      builder.setting(setting);
    }
    TestRedis redis = new TestRedis(port, builder.build());
    redis.restart();
    return redis;
  }

  String url() {
    return "redis://127.0.0.1:" + port;
  }

  int port() {
    return port;
  }

  void stop() {
    try {
      server.stop();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void restart() {
    try {
      server.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  <T> T ask(Function<RedisCommands<String, String>, T> question) {
    return ask(url(), question);
  }

  static <T> T ask(String url, Function<RedisCommands<String, String>, T> question) {
    RedisClient client = RedisClient.create(RedisURI.create(url));
    try (StatefulRedisConnection<String, String> connection = client.connect()) {
      return question.apply(connection.sync());
    } finally {
      client.shutdown();
    }
  }

  /** How many milliseconds each key has left; -1 for ever. */
  Map<String, Long> expiries() {
    return ask(
        redis -> {
          Map<String, Long> expiries = new HashMap<>();
          ScanIterator.scan(redis, ScanArgs.Builder.limit(1000))
              .forEachRemaining(key -> expiries.put(key, redis.pttl(key)));
          return expiries;
        });
  }

  @Override
  public void close() {
    stop();
  }
}
