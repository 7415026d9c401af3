package com.example.support;

import static org.awaitility.Awaitility.await;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.nylas.NylasClient;
import io.github.nylaswebhook.test.FakeNylas;
import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.NotificationFixture;
import java.net.URI;
import org.glassfish.grizzly.http.server.HttpServer;
import org.junit.jupiter.api.Test;

class SupportAppTest {
  @Test
  void aMailBecomesATicket() throws Exception {
    Desk desk = new Desk();
    Mail mail = Mail.of("grant-1", "message-1").subject("Production is down");
    try (FakeNylas nylas = FakeNylas.start().add(mail);
        WebhookHandler handler =
            WebhookHandler.builder()
                .webhookSecret(nylas.webhookSecret())
                .nylas(NylasClient.builder(nylas.apiKey()).baseUrl(nylas.url()).build())
                .ticketRouter(desk)
                .build()) {
      HttpServer server = SupportApp.serve(URI.create("http://127.0.0.1:0"), handler);
      try {
        int port = server.getListeners().iterator().next().getPort();
        nylas
            .subscribe("http://127.0.0.1:" + port + "/webhooks/nylas")
            .deliver(NotificationFixture.created(mail))
            .join();

        await().until(() -> desk.subjects().containsValue("Production is down"));
      } finally {
        server.shutdownNow();
      }
    }
  }
}
