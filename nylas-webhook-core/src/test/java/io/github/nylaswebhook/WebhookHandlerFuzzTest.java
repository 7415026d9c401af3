package io.github.nylaswebhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.nylaswebhook.inbox.Attempt;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.InMemoryInbox;
import io.github.nylaswebhook.inbox.Predecessor;
import io.github.nylaswebhook.inbox.Progress;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageText;
import io.github.nylaswebhook.pipeline.FetchPolicy;
import io.github.nylaswebhook.pipeline.TicketPipeline;
import io.github.nylaswebhook.signature.SignatureVerifier;
import io.github.nylaswebhook.ticket.TicketRef;
import java.io.ByteArrayInputStream;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/**
 * The door and what is behind it, with any bytes. The seeds run as ordinary tests; with {@code
 * JAZZER_FUZZ=1} in the environment, Jazzer goes on from them.
 */
class WebhookHandlerFuzzTest {
  private static final String SECRET = "a secret";
  private static WebhookHandler handler;
  private static InMemoryInbox inbox;
  private static TicketPipeline pipeline;

  @BeforeAll
  static void open() {
    // Small, so that a long run meets a full inbox as well.
    inbox = InMemoryInbox.builder().capacity(100_000).maxBytes(64 << 20).build();
    handler = WebhookHandler.builder().webhookSecret(SECRET).inbox(inbox).acceptOnly().build();
    pipeline =
        TicketPipeline.builder()
            .messageFetcher(ref -> Message.builder(ref.grantId(), ref.messageId()).build())
            .fetchPolicy(FetchPolicy.WHEN_INCOMPLETE)
            .ticketRouter(ticket -> TicketRef.of("desk", ticket.excerpt()))
            .build();
  }

  @AfterAll
  static void close() {
    handler.close();
    inbox.close();
    pipeline.close();
  }

  /** Lines: the method, the query, the signature; what follows is the body. */
  @FuzzTest(maxDuration = "2m")
  void noRequestThrowsOrIsAnswered500OrPassesUnsigned(byte[] input) {
    String[] lines = new String(input, UTF_8).split("\n", 4);
    String method = lines[0];
    String query = lines.length > 1 ? lines[1] : null;
    String signature = lines.length > 2 ? lines[2] : "";
    byte[] body = lines.length > 3 ? lines[3].getBytes(UTF_8) : input;
    WebhookResponse response =
        handler.handle(
            new WebhookRequest(
                method,
                query,
                Map.of("x-nylas-signature", List.of(signature)),
                new ByteArrayInputStream(body),
                -1));
    assertThat(response.status()).isIn(200, 400, 401, 405, 413, 503);
    assertThat(response.headers())
        .containsEntry("Content-Length", Integer.toString(response.bodyBytes().length));
    if (method.equals("POST")) {
      // Nobody but us knows the secret: a 200 needs our own signature.
      boolean ours = SignatureVerifier.sign(SECRET, body).equalsIgnoreCase(signature.strip());
      assertThat(response.status() == 200).isEqualTo(ours);
    }
  }

  @FuzzTest(maxDuration = "2m")
  void whateverIsSignedIsStoredAndProcessedToAnOutcome(byte[] body) {
    int status =
        handler
            .handle(
                new WebhookRequest(
                    "POST",
                    null,
                    Map.of("x-nylas-signature", List.of(SignatureVerifier.sign(SECRET, body))),
                    new ByteArrayInputStream(body),
                    body.length))
            .status();
    assertThat(status).isIn(200, 413, 503);
    boolean gzip = body.length > 1 && body[0] == 0x1f && (body[1] & 0xff) == 0x8b;
    assertThat(pipeline.process(new OneTry(new Delivery("d", "", gzip, Instant.now(), body))))
        .isNotNull();
  }

  @FuzzTest(maxDuration = "2m")
  void anyMailHasAText(byte[] body) {
    String text = new String(body, UTF_8);
    MessageText known = MessageText.of(Message.builder("g", "m").subject(text).body(text).build());
    for (int length : new int[] {2, 10, 500}) {
      assertThat(known.excerpt(length)).hasSizeLessThanOrEqualTo(length);
    }
    assertThat(Arrays.asList(known.subject().split("\n", -1))).hasSize(1);
  }

  private static final class OneTry implements Attempt {
    private final Delivery delivery;
    private Progress progress = Progress.NONE;

    OneTry(Delivery delivery) {
      this.delivery = delivery;
    }

    @Override
    public Delivery delivery() {
      return delivery;
    }

    @Override
    public int number() {
      return 1;
    }

    @Override
    public int waits() {
      return 0;
    }

    @Override
    public Progress progress() {
      return progress;
    }

    @Override
    public List<Predecessor> predecessors() {
      return List.of();
    }

    @Override
    public void save(Progress saved) {
      progress = saved;
    }
  }
}
