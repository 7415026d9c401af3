package io.github.nylaswebhook.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.nylaswebhook.test.FakeNylas;
import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.NotificationFixture;
import io.github.nylaswebhook.test.RecordingRouter;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** The recipe of docs/spring.md, but for what this class path has that an application hasn't. */
@SpringBootTest(
    classes = {TestApplication.class, WebhookInYourAppTest.Recorder.class},
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = "spring.autoconfigure.exclude=" + TestApplication.EXCLUDED)
@DirtiesContext
class WebhookInYourAppTest {
  static final FakeNylas NYLAS = FakeNylas.start();

  @DynamicPropertySource
  static void nylas(DynamicPropertyRegistry properties) {
    properties.add("nylas.webhook.api-url", NYLAS::url);
    properties.add("nylas.webhook.api-key", NYLAS::apiKey);
    properties.add("nylas.webhook.secrets", NYLAS::webhookSecret);
  }

  @TestConfiguration
  static class Recorder {
    @Bean
    @Primary
    RecordingRouter recorder() {
      return new RecordingRouter();
    }
  }

  @AfterAll
  static void stop() {
    NYLAS.close();
  }

  @Test
  void aMailBecomesATicket(
      @Value("${local.server.port}") int port, @Autowired RecordingRouter router) throws Exception {
    Mail mail = Mail.of("grant-1", "message-1").subject("It is broken");
    NYLAS.add(mail);

    NYLAS
        .subscribe("http://localhost:" + port + "/webhooks/nylas")
        .deliver(NotificationFixture.created(mail))
        .get();

    assertThat(router.await(1, Duration.ofSeconds(10)).get(0).subject()).isEqualTo("It is broken");
  }
}
