package io.github.nylaswebhook.jira;

import static io.github.nylaswebhook.jira.JiraTicketRouterTest.ticket;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.message.Attachment;
import io.github.nylaswebhook.message.AttachmentSource;
import io.github.nylaswebhook.test.DestinationStandIn.Reply;
import io.github.nylaswebhook.test.SettableClock;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JiraAttachmentsTest {
  private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
  private static final AttachmentSource NAMES =
      (message, attachment) -> new ByteArrayInputStream(attachment.filename().getBytes(UTF_8));

  private final JiraStandIn jira = new JiraStandIn();
  private final SettableClock clock = new SettableClock(NOW);
  private final List<JiraTicketRouter> routers = new ArrayList<>();

  private JiraTicketRouter router(AttachmentSource source) {
    JiraTicketRouter router =
        JiraTicketRouterTest.builder(jira).clock(clock).attachments(source, 100).build();
    routers.add(router);
    return router;
  }

  @AfterEach
  void stop() {
    routers.forEach(JiraTicketRouter::close);
    jira.close();
  }

  private List<Object> files() {
    return jira.only().files.stream().map(file -> file.get("filename")).toList();
  }

  /** Comes back when the router asks for it, at most so often. */
  private TicketRef route(JiraTicketRouter router, Ticket ticket, int most) {
    Ticket next = ticket;
    for (int i = 0; i < most; i++) {
      try {
        return router.route(next);
      } catch (RetryLaterException e) {
        clock.set(e.when());
        next = ticket.asRepeated();
      }
    }
    throw new AssertionError("still not done after " + most + " tries");
  }

  @Test
  void attachmentsAreCarriedOverToIssues() {
    JiraTicketRouter router = router(NAMES);
    TicketRef ref = router.route(ticket("m1").files(2, 6).build());
    assertThat(files()).containsExactly("f0.bin", "f1.bin");
    assertThat(jira.only().files.get(1)).containsEntry("content", "f1.bin");

    // Another mail may have files of the same names and sizes.
    router.route(ticket("m2").files(2, 6).build().followUp(ref));
    assertThat(files()).containsExactly("f0.bin", "f1.bin", "f0.bin", "f1.bin");
    assertThat(jira.only().comments).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text/plain; name=\"März.txt\"",
        "text/plain; name=\"a\r\nX-Evil: 1\r\n\r\nother bytes\"",
        "text/plain\r\nX-Evil: 1",
        "none"
      })
  void aContentTypeSaysNothingButTheType(String type) {
    router((message, attachment) -> new ByteArrayInputStream("123456".getBytes(UTF_8)))
        .route(ticket("m1").file("a\"\r\nX-Evil: 2\r\n.txt", type).build());

    assertThat(jira.only().files).hasSize(1);
    assertThat(jira.only().files.get(0)).containsEntry("content", "123456");
    assertThat(jira.calls().get(1).body()).doesNotContain("\r\nX-Evil").doesNotContain("März");
  }

  @Test
  void withoutASourceTheyAreOnlyListed() {
    JiraTicketRouter router = JiraTicketRouterTest.builder(jira).build();
    routers.add(router);
    router.route(ticket("m1").files(40, 6).build());

    assertThat(jira.only().files).isEmpty();
    assertThat(jira.only().description())
        .contains("Attachment: f0.bin (, 6 bytes)\n")
        .contains("and 10 attachments more\n");
  }

  @Test
  void whatIsTooLargeIsListedAndNotCarried() {
    router(NAMES).route(ticket("m1").files(1, 101).build());

    assertThat(jira.only().files).isEmpty();
    assertThat(jira.only().description()).contains("too large to be carried over");
  }

  @Test
  void whatIsLargerThanItSaysIsGivenUpAndNamed() {
    JiraTicketRouter router =
        router((message, attachment) -> new ByteArrayInputStream(new byte[100_000]));
    TicketRef ref = route(router, ticket("m1").files(1, 6).build(), 1);

    assertThat(ref.id()).isEqualTo("SUP-1");
    assertThat(jira.only().files).isEmpty();
    assertThat(jira.only().comment(0)).contains("couldn't be carried over:\nf0.bin\n");
  }

  @Test
  void whatFailsThreeTimesIsGivenUpAndTheIssueIsThereOnce() {
    AtomicInteger opened = new AtomicInteger();
    JiraTicketRouter router =
        router(
            (message, attachment) -> {
              if (attachment.filename().equals("f1.bin")) {
                opened.incrementAndGet();
                throw new IOException("gone");
              }
              return NAMES.open(message, attachment);
            });
    route(router, ticket("m1").files(3, 6).build(), 3);

    assertThat(opened).hasValue(3);
    assertThat(files()).containsExactly("f0.bin", "f2.bin");
    assertThat(jira.only().comments).hasSize(1);
    assertThat(jira.only().comment(0)).contains("f1.bin").doesNotContain("f0.bin");
  }

  @Test
  void whatJiraRefusesIsGivenUpAtOnce() {
    jira.answerOnce("POST", "/attachments", Reply.of(413));
    route(router(NAMES), ticket("m1").files(2, 6).build(), 1);

    assertThat(files()).containsExactly("f1.bin");
    assertThat(jira.only().comment(0)).contains("f0.bin");
  }

  @Test
  void limitsAreWaitedForAndNothingIsDoubled() {
    jira.answerOnce("POST", "/attachments", Reply.of(429).header("Retry-After", "5"));
    jira.answerOnce("POST", "/attachments", Reply.of(503).header("Retry-After", "5"));
    route(router(NAMES), ticket("m1").files(3, 6).build(), 3);

    assertThat(files()).containsExactly("f0.bin", "f1.bin", "f2.bin");
    assertThat(jira.only().comments).isEmpty();
  }

  @Test
  void afterTenMinutesOfLimitsTheyAreGivenUp() {
    JiraTicketRouter router = router(NAMES);
    for (int i = 0; i < 3; i++) {
      jira.answerOnce("POST", "/attachments", Reply.of(429).header("Retry-After", "301"));
    }
    route(router, ticket("m1").files(1, 6).build(), 3);

    assertThat(jira.only().files).isEmpty();
    assertThat(jira.only().comments).hasSize(1);
  }

  @Test
  void anUploadWhoseAnswerIsLostIsNotDoubled() {
    jira.loseNextFile = true;
    // Providers' sizes aren't always those of the bytes.
    route(router(NAMES), ticket("m1").files(1, 9).build(), 2);

    assertThat(files()).containsExactly("f0.bin");
    assertThat(jira.only().comments).isEmpty();
  }

  @Test
  void anotherProcessLeavesOutWhatIsThere() {
    Ticket ticket = ticket("m1").files(2, 6).build();
    JiraTicketRouter first = router(NAMES);
    jira.answerOnce("POST", "/attachments", Reply.of(200));
    jira.answerOnce("POST", "/attachments", Reply.of(429));
    // The first upload is lost, and so is the process.
    assertThatThrownBy(() -> first.route(ticket)).isInstanceOf(RetryLaterException.class);
    assertThat(jira.only().files).isEmpty();
    router(NAMES).route(ticket.asRepeated());
    assertThat(files()).containsExactly("f0.bin", "f1.bin");
    router(NAMES).route(ticket.asRepeated());

    assertThat(files()).containsExactly("f0.bin", "f1.bin");
    assertThat(jira.issues).hasSize(1);
  }

  @Test
  void twoFilesOfTheSameNameAndSizeAreBothCarried() {
    Attachment image = new Attachment("1", "image.png", "image/png", 9, true);
    Ticket ticket = ticket("m1").attachments(image, image).build();
    router(NAMES).route(ticket);
    router(NAMES).route(ticket.asRepeated());

    assertThat(files()).containsExactly("image.png", "image.png");
  }

  @Test
  void whatCannotBeToldCostsNothing() {
    jira.answerOnce("POST", "/attachments", Reply.of(413));
    jira.answerOnce("POST", "/comment", Reply.of(403));

    assertThat(route(router(NAMES), ticket("m1").files(1, 6).build(), 1).id()).isEqualTo("SUP-1");
  }

  @Test
  void namesAreThoseThatFilesCanHave() {
    Attachment odd =
        new Attachment(
            "1", "../a\\b\u0000\n\"c\" " + "x".repeat(300) + ".pdf", "no type", 9, false);
    router((message, attachment) -> new ByteArrayInputStream(new byte[9]))
        .route(ticket("m1").attachments(odd).build());

    assertThat(files().get(0).toString())
        .hasSizeLessThanOrEqualTo(210)
        .startsWith(".._a_b")
        .endsWith("xx.pdf")
        .doesNotContain("\n", "/", "\\");
  }

  /** What is read and not yet at the server is all that memory holds. */
  @Test
  void largeAttachmentsStreamThrough() throws IOException {
    long size = 300L << 20;
    AtomicLong given = new AtomicLong();
    AtomicLong arrived = new AtomicLong();
    AtomicLong mostHeld = new AtomicLong();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            byte[] buffer = new byte[64 << 10];
            boolean upload = exchange.getRequestURI().getPath().endsWith("/attachments");
            for (int n; (n = exchange.getRequestBody().read(buffer)) >= 0; ) {
              if (upload) {
                arrived.addAndGet(n);
              }
            }
            byte[] answer = "{\"key\":\"SUP-1\"}".getBytes(UTF_8);
            exchange.sendResponseHeaders(upload ? 200 : 201, answer.length);
            exchange.getResponseBody().write(answer);
          }
        });
    server.start();
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            throw new AssertionError("byte by byte");
          }

          @Override
          public int read(byte[] buffer, int offset, int length) {
            int n = (int) Math.min(length, size - given.get());
            if (n == 0) {
              return -1;
            }
            mostHeld.accumulateAndGet(given.addAndGet(n) - arrived.get(), Math::max);
            return n;
          }
        };
    try (JiraTicketRouter router =
        JiraTicketRouter.builder("http://127.0.0.1:" + server.getAddress().getPort(), "SUP")
            .basicAuth("me@x.example", "token")
            .attachments((message, attachment) -> endless, size)
            .callTimeout(Duration.ofSeconds(10))
            .attachmentTimeout(Duration.ofMinutes(1))
            .build()) {
      router.route(
          ticket("m1").attachments(new Attachment("1", "a.iso", "x/y", size, false)).build());
    } finally {
      server.stop(0);
    }
    assertThat(arrived.get()).isGreaterThan(size);
    // The sockets' own buffers are most of it.
    assertThat(mostHeld.get()).isLessThan(16L << 20);
  }
}
