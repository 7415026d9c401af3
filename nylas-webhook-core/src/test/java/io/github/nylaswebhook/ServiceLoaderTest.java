package io.github.nylaswebhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.signature.SignatureVerifier;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.io.ByteArrayInputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Parts that are found rather than given. */
class ServiceLoaderTest {
  private static final String SECRET = "a secret";
  private final ClassLoader before = Thread.currentThread().getContextClassLoader();

  @TempDir Path folder;

  /** A router as an application brings it. */
  public static final class Found implements TicketRouter {
    static final List<String> ROUTED = new CopyOnWriteArrayList<>();

    @Override
    public TicketRef route(Ticket ticket) {
      ROUTED.add(ticket.messageId());
      return TicketRef.of("found", "1");
    }
  }

  /** Another one. */
  public static final class FoundToo implements TicketRouter {
    @Override
    public TicketRef route(Ticket ticket) {
      return TicketRef.of("found too", "1");
    }
  }

  @AfterEach
  void restore() {
    Thread.currentThread().setContextClassLoader(before);
  }

  private void provide(Class<?>... routers) throws Exception {
    Path services = Files.createDirectories(folder.resolve("META-INF/services"));
    Files.write(
        services.resolve(TicketRouter.class.getName()),
        List.of(routers).stream().map(Class::getName).toList());
    Thread.currentThread()
        .setContextClassLoader(
            new URLClassLoader(new URL[] {folder.toUri().toURL()}, getClass().getClassLoader()));
  }

  private static WebhookHandler.Builder handler() {
    return WebhookHandler.builder()
        .webhookSecret(SECRET)
        .messageFetcher(ref -> Message.builder(ref.grantId(), ref.messageId()).build());
  }

  @Test
  void aRouterThatIsNotGivenIsFound() throws Exception {
    provide(Found.class);
    byte[] body =
        "{\"id\":\"n\",\"type\":\"message.created\",\"data\":{\"object\":{\"id\":\"m\",\"grant_id\":\"g\"}}}"
            .getBytes(StandardCharsets.UTF_8);
    try (WebhookHandler handler = handler().build()) {
      handler.handle(
          new WebhookRequest(
              "POST",
              null,
              Map.of(SignatureVerifier.HEADER, List.of(SignatureVerifier.sign(SECRET, body))),
              new ByteArrayInputStream(body),
              body.length));
      await().untilAsserted(() -> assertThat(Found.ROUTED).containsExactly("m"));
    }
  }

  @Test
  void ofSeveralTheApplicationHasToChoose() throws Exception {
    provide(Found.class, FoundToo.class);
    assertThatThrownBy(() -> handler().build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("FoundToo");
    handler().ticketRouter(new FoundToo()).build().close();
  }
}
