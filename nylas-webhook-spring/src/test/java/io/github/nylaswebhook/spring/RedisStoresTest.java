package io.github.nylaswebhook.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.nylaswebhook.inbox.DedupStore;
import io.github.nylaswebhook.inbox.Inbox;
import io.github.nylaswebhook.jdbc.JdbcConversationStore;
import io.github.nylaswebhook.jdbc.JdbcInbox;
import io.github.nylaswebhook.nylas.GrantLimiter;
import io.github.nylaswebhook.redis.RedisConversationStore;
import io.github.nylaswebhook.redis.RedisDedupStore;
import io.github.nylaswebhook.redis.RedisGrantLimiter;
import io.github.nylaswebhook.test.FakeNylas;
import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.NotificationFixture;
import io.github.nylaswebhook.test.RecordingRouter;
import io.github.nylaswebhook.ticket.ConversationStore;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import redis.embedded.RedisServer;

class RedisStoresTest {
  private static RedisServer server;
  private static String redis;

  private final FakeNylas nylas = FakeNylas.start();

  @BeforeAll
  static void start() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    server =
        RedisServer.newRedisServer()
            .port(port)
            .setting("save \"\"")
            .setting("maxmemory-policy noeviction")
            .soutListener(line -> {})
            .build();
    server.start();
    redis = "redis://127.0.0.1:" + port;
  }

  @AfterAll
  static void stopServer() throws Exception {
    server.stop();
  }

  @BeforeEach
  void empty() {
    keys(true);
  }

  @AfterEach
  void stop() {
    nylas.close();
  }

  @Configuration(proxyBeanMethods = false)
  static class Desk {
    @Bean
    RecordingRouter router() {
      return new RecordingRouter().appending();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class Client {
    @Bean(destroyMethod = "shutdown")
    RedisClient redisClient(Environment environment) {
      return RedisClient.create(RedisURI.create(environment.getRequiredProperty("test.redis")));
    }
  }

  private String[] properties(String... more) {
    String[] all = new String[more.length + 3];
    all[0] = "nylas.webhook.secrets=" + nylas.webhookSecret();
    all[1] = "nylas.webhook.api-key=" + nylas.apiKey();
    all[2] = "nylas.webhook.api-url=" + nylas.url();
    System.arraycopy(more, 0, all, 3, more.length);
    return all;
  }

  /** Routes a mail, of which the claim and the rate limit are in Redis then. */
  private void assertRoutes(ConfigurableApplicationContext context) throws Exception {
    assertThat(context.getBean(DedupStore.class)).isInstanceOf(RedisDedupStore.class);
    assertThat(context.getBean(GrantLimiter.class)).isInstanceOf(RedisGrantLimiter.class);
    Mail mail = Mail.of("grant-1", "message-1");
    nylas.add(mail);
    nylas
        .subscribe(TestApplication.uri(context, "/webhooks/nylas").toString())
        .deliver(NotificationFixture.created(mail))
        .get();
    context.getBean(RecordingRouter.class).await(1, Duration.ofSeconds(20));
    assertThat(keys(false))
        .anyMatch(key -> key.contains("limit:"))
        .anyMatch(key -> !key.contains("limit:"));
  }

  private static List<String> keys(boolean delete) {
    RedisClient client = RedisClient.create(RedisURI.create(redis));
    try (StatefulRedisConnection<String, String> connection = client.connect()) {
      if (delete) {
        connection.sync().flushall();
      }
      return connection.sync().keys("*");
    } finally {
      client.shutdown();
    }
  }

  @Test
  void byAClientOfTheApplications() throws Exception {
    try (ConfigurableApplicationContext context =
        TestApplication.run(
            new Class<?>[] {Desk.class, Client.class}, properties("test.redis=" + redis))) {
      assertRoutes(context);
      assertThat(context.getBean(ConversationStore.class))
          .isInstanceOf(RedisConversationStore.class);
      assertThat(keys(false)).anyMatch(key -> key.contains("conversation:"));
    }
  }

  @Test
  void byAnAddress() throws Exception {
    try (ConfigurableApplicationContext context =
        TestApplication.run(Desk.class, properties("spring.data.redis.url=" + redis))) {
      assertRoutes(context);
    }
  }

  @Test
  void bySpringData() throws Exception {
    try (ConfigurableApplicationContext context =
        TestApplication.run(
            Desk.class,
            properties(
                "spring.data.redis.host=127.0.0.1",
                "spring.data.redis.port=" + RedisURI.create(redis).getPort(),
                "spring.autoconfigure.exclude=" + TestApplication.EXCLUDED_BESIDE_REDIS))) {
      assertThat(context.getEnvironment().getProperty("spring.data.redis.url")).isNull();
      assertThat(context.containsBean("redisConnectionFactory")).isTrue();
      assertRoutes(context);
    }
  }

  @Test
  void withADatabaseTooTheInboxAndTheConversationsAreThereAndTheClaimsHere() throws Exception {
    try (ConfigurableApplicationContext context =
        TestApplication.run(
            Desk.class,
            TestPostgres.properties(
                TestPostgres.url(), properties("spring.data.redis.url=" + redis)))) {
      assertThat(context.getBean(Inbox.class)).isInstanceOf(JdbcInbox.class);
      assertRoutes(context);
      assertThat(context.getBean(ConversationStore.class))
          .isInstanceOf(JdbcConversationStore.class);
    }
  }
}
