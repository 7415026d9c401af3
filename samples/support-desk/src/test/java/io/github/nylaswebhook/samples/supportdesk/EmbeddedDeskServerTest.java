package io.github.nylaswebhook.samples.supportdesk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.NotificationFixture;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same endpoints with everything in the embedded database. */
class EmbeddedDeskServerTest extends DeskServerTest {
  @TempDir private Path folder;

  @Override
  Storage openStorage() throws Exception {
    return Storage.open(new StorageSettings.Embedded(folder));
  }

  @Test
  void ticketsOutliveTheDesk() throws Exception {
    deliver(Mail.of("grant-1", "message-1"));
    String before = get("/tickets").body();
    stop();
    start();
    assertThat(storage.found())
        .isEqualTo(
            "Storage: %s (embedded); 0 deliveries wait, 0 dead letters, 1 ticket"
                .formatted(folder.resolve(DatabaseStorage.FILE)));
    assertThat(get("/tickets").body()).isEqualTo(before).contains("message-1");
  }

  @Test
  void theFileIsThisDesksAlone() throws Exception {
    assertThatThrownBy(this::openStorage)
        .isInstanceOf(Settings.InvalidException.class)
        .hasMessageContainingAll("open in this process already", "DATA_DIR");
    server.close();
    openStorage().close();
  }

  @Test
  void withoutItsDatabaseItSaysSoAndRefuses() throws Exception {
    storage.close();
    HttpResponse<String> tickets = get("/tickets");
    assertThat(tickets.statusCode()).isEqualTo(503);
    assertThat(tickets.body())
        .isEqualTo("The tickets' database is out of reach; try again in a moment\n");
    HttpResponse<String> health = get("/healthz");
    assertThat(health.statusCode()).isEqualTo(503);
    assertThat(health.body())
        .startsWith(
            "{\"status\":\"down\",\"accepting\":false,\"problems\":[\"the inbox is out of reach")
        .doesNotContain("waiting");
    assertThat(
            nylas
                .subscribe(server.url() + DeskServer.WEBHOOK_PATH)
                .post(NotificationFixture.created(Mail.of("g", "m")).sign(nylas.webhookSecret()))
                .status())
        .isEqualTo(503);
  }
}
