package com.example.tickets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.nylaswebhook.test.FakeNylas;
import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.NotificationFixture;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
class TicketsApplicationTest {
  private static final FakeNylas NYLAS = FakeNylas.start();

  @LocalServerPort private int port;
  @Autowired private TicketsController tickets;

  @DynamicPropertySource
  static void nylas(DynamicPropertyRegistry properties) {
    properties.add("nylas.webhook.secrets", NYLAS::webhookSecret);
    properties.add("nylas.webhook.api-key", NYLAS::apiKey);
    properties.add("nylas.webhook.api-url", NYLAS::url);
    properties.add("tickets.database", () -> "target/" + UUID.randomUUID() + ".db");
  }

  @AfterAll
  static void stop() {
    NYLAS.close();
  }

  @Test
  void aMailBecomesATicketOnce() throws Exception {
    Mail mail =
        Mail.of("grant-1", "message-1").subject("We want our money back").body("<p>A refund</p>");
    NYLAS.add(mail);
    var webhook = NYLAS.subscribe("http://localhost:" + port + "/webhooks/nylas");

    assertThat(webhook.deliver(NotificationFixture.created(mail)).get().delivered()).isTrue();
    assertThat(webhook.deliver(NotificationFixture.created(mail)).get().delivered()).isTrue();

    await().until(() -> !tickets.tickets().isEmpty());
    assertThat(tickets.tickets())
        .singleElement()
        .satisfies(ticket -> assertThat(ticket).containsEntry("category", "billing"));
  }
}
