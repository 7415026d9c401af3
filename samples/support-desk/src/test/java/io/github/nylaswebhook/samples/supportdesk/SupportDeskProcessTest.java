package io.github.nylaswebhook.samples.supportdesk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.nylaswebhook.test.Destination;
import io.github.nylaswebhook.test.FakeNylas;
import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.NotificationFixture;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The desk as it is run: a process of its own, told everything by its environment. */
class SupportDeskProcessTest {
  @Test
  void itServesWithTwoVariablesAndEndsWhenItIsTold() throws Exception {
    try (FakeNylas nylas = FakeNylas.start()) {
      ProcessBuilder command =
          new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-cp",
              System.getProperty("java.class.path"),
              SupportDesk.class.getName());
      command.environment().put("NYLAS_WEBHOOK_SECRET", "an older one," + nylas.webhookSecret());
      command.environment().put("NYLAS_API_KEY", nylas.apiKey());
      command.environment().put("NYLAS_API_URL", nylas.url());
      command.environment().put("PORT", "0");
      command.environment().put("SUPPORT_ADDRESSES", "desk@acme.example");
      command.redirectError(ProcessBuilder.Redirect.DISCARD);
      Process process = command.start();
      try (BufferedReader output =
          new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
        String line = output.readLine();
        assertThat(line).matches("Listening on http://localhost:[0-9]+/webhooks/nylas");
        URI endpoint = URI.create(line.substring("Listening on ".length()));
        Destination destination = nylas.subscribe(endpoint.toString());
        Mail ours = Mail.of("grant-1", "m-1").from("", "desk@acme.example");
        Mail theirs = Mail.of("grant-1", "m-2").from("", "cto@bigcorp.com");
        nylas.add(ours).add(theirs);
        assertThat(destination.deliver(NotificationFixture.created(ours)).join().delivered())
            .isTrue();
        assertThat(destination.deliver(NotificationFixture.created(theirs)).join().delivered())
            .isTrue();
        HttpRequest tickets = HttpRequest.newBuilder(endpoint.resolve("/tickets")).build();
        HttpClient http = HttpClient.newHttpClient();
        await()
            .atMost(Duration.ofSeconds(20))
            .untilAsserted(
                () ->
                    assertThat(http.send(tickets, HttpResponse.BodyHandlers.ofString()).body())
                        .contains("m-2", "\"priority\":\"high\"")
                        .doesNotContain("m-1"));
        process.destroy();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      } finally {
        process.destroyForcibly();
      }
    }
  }
}
