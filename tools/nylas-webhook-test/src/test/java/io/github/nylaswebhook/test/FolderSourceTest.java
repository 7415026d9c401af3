package io.github.nylaswebhook.test;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.filter.MessageKind;
import io.github.nylaswebhook.filter.Verdict;
import io.github.nylaswebhook.message.Folder;
import io.github.nylaswebhook.message.FolderSource;
import io.github.nylaswebhook.message.MessageRef;
import io.github.nylaswebhook.nylas.NylasApiException;
import io.github.nylaswebhook.nylas.NylasClient;
import io.github.nylaswebhook.pipeline.PipelineObserver;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sent mail and drafts of providers whose folder ids are opaque. */
class FolderSourceTest {
  private final SettableClock clock = new SettableClock(Instant.now());
  private final FakeNylas nylas = FakeNylas.start();
  private final NylasClient client =
      NylasClient.builder(nylas.apiKey()).baseUrl(nylas.url()).clock(clock).build();
  private final FolderSource folders = client.asFolderSource();

  @AfterEach
  void close() {
    client.close();
    nylas.close();
  }

  @Test
  void allPagesAreListed() throws IOException {
    for (int i = 0; i < 450; i++) {
      nylas.addFolder("g", "AAMk" + i, "Folder " + i, i == 449 ? "\\Sent" : "\\Archive");
    }
    List<Folder> listed = client.listFolders("g");
    assertThat(listed).extracting(Folder::id).doesNotHaveDuplicates().hasSize(450);
    assertThat(listed.get(449)).isEqualTo(new Folder("AAMk449", "Folder 449", List.of("\\Sent")));
    assertThat(nylas.calls())
        .extracting(ApiCall::query)
        .containsExactly("limit=200", "limit=200&page_token=200", "limit=200&page_token=400");
  }

  @Test
  void theDocumentedAnswerIsRead() throws IOException {
    String sample = NylasClientTest.resource("v3.api.folders.list.200.json");
    try (TestServer server = TestServer.answering(200, Map.of(), sample);
        NylasClient other = NylasClient.builder("nyk_x").baseUrl(server.url()).build()) {
      // It names a next page for ever.
      assertThat(other.listFolders("g"))
          .extracting(Folder::id)
          .startsWith("SENT", "INBOX", "Label_2");
      assertThat(server.requests()).hasSize(2);
    }
  }

  @Test
  void aGrantsListIsKeptForAnHour() throws IOException {
    nylas.addFolder("g", "a", "Sent", "\\Sent").addFolder("h", "a", "Inbox", "\\Inbox");
    assertThat(folders.folders("", "g", List.of("a")).get(0).is(Folder.SENT)).isTrue();
    assertThat(folders.folders("", "h", List.of("a")).get(0).is(Folder.SENT)).isFalse();
    clock.advance(Duration.ofMinutes(59));
    folders.folders("", "g", List.of("a"));
    assertThat(nylas.callCount()).isEqualTo(2);
    clock.advance(Duration.ofMinutes(1));
    folders.folders("", "g", List.of("a"));
    assertThat(nylas.callCount()).isEqualTo(3);
  }

  @Test
  void aForgottenListIsAskedForAgain() throws IOException {
    nylas.addFolder("g", "a", "Sent", "\\Sent");
    folders.folders("", "g", List.of("a"));
    folders.forget("", "h");
    folders.folders("", "g", List.of("a"));
    assertThat(nylas.callCount()).isEqualTo(1);
    folders.forget("", "g");
    folders.folders("", "g", List.of("a"));
    assertThat(nylas.callCount()).isEqualTo(2);
  }

  @Test
  void aFolderThatIsNotInTheListIsLookedForAgainSoon() throws IOException {
    nylas.addFolder("g", "a", "Inbox", "\\Inbox");
    assertThat(folders.folders("", "g", List.of("new"))).isEmpty();
    nylas.addFolder("g", "new", "Sent", "\\Sent");
    assertThat(folders.folders("", "g", List.of("new"))).isEmpty();
    assertThat(nylas.callCount()).isEqualTo(1);
    clock.advance(Duration.ofMinutes(5));
    assertThat(folders.folders("", "g", List.of("new"))).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 403, 404})
  void aGrantThatHasNoFoldersToListHasNone(int status) throws IOException {
    nylas.addGrant("g").failNext(Fault.status(status, "api.x"));
    assertThat(folders.folders("", "g", List.of("a"))).isEmpty();
    assertThat(folders.folders("", "g", List.of("a"))).isEmpty();
    assertThat(nylas.callCount()).isEqualTo(1);
    clock.advance(Duration.ofMinutes(59));
    folders.folders("", "g", List.of("a"));
    assertThat(nylas.callCount()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 429, 500, 503})
  void aFailureIsToldAndNotKept(int status) throws IOException {
    nylas.addFolder("g", "a", "Sent", "\\Sent").failNext(Fault.status(status, "api.x"));
    assertThatThrownBy(() -> folders.folders("", "g", List.of("a")))
        .isInstanceOfSatisfying(
            NylasApiException.class, e -> assertThat(e.status()).isEqualTo(status));
    assertThat(folders.folders("", "g", List.of("a"))).hasSize(1);
  }

  @Test
  void whoeverAsksForAGrantAtOnceSharesACall() throws Exception {
    nylas.addFolder("g", "a", "Sent", "\\Sent");
    nylas.failNext(new Fault.Slow(Duration.ofMillis(300)));
    ExecutorService askers = Executors.newFixedThreadPool(8);
    try {
      Callable<List<Folder>> ask = () -> folders.folders("", "g", List.of("a"));
      for (var answer : askers.invokeAll(java.util.Collections.nCopies(8, ask))) {
        assertThat(answer.get(10, SECONDS)).hasSize(1);
      }
    } finally {
      askers.shutdownNow();
    }
    assertThat(nylas.callCount()).isEqualTo(1);
  }

  @Test
  void mailThatWeSentAndDraftsAreSetAsideByTheirFoldersAttributes() throws Exception {
    nylas
        .addFolder("g", "AAMkSent", "Gesendete Elemente", "\\SENT")
        .addFolder("g", "AAMkDrafts", "Entwürfe", "\\Drafts")
        .addFolder("g", "AAMkInbox", "Posteingang", "\\Inbox");
    RecordingRouter router = new RecordingRouter();
    Queue<String> aside = new ConcurrentLinkedQueue<>();
    PipelineObserver observer =
        new PipelineObserver() {
          @Override
          public void skipped(MessageRef ref, Verdict verdict) {
            assertThat(verdict.kind()).isEqualTo(MessageKind.OWN);
            aside.add(ref.messageId() + " " + verdict.reasons().get(0).code());
          }
        };
    try (WebhookHandler handler =
            WebhookHandler.builder()
                .webhookSecret(nylas.webhookSecret())
                .nylas(client)
                .ticketRouter(router)
                .observer(observer)
                .build();
        TestServer endpoint = TestServer.endpoint(handler)) {
      Destination destination = nylas.subscribe(endpoint.url());
      for (Mail mail :
          List.of(
              Mail.of("g", "sent").folders("AAMkSent"),
              Mail.of("g", "draft").folders("AAMkDrafts"),
              Mail.of("g", "inbox").folders("AAMkInbox"),
              Mail.of("g", "other").folders("AAMkUnknown"))) {
        nylas.add(mail);
        destination.deliver(NotificationFixture.created(mail)).join();
      }
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () -> {
                assertThat(aside)
                    .containsExactlyInAnyOrder("sent sent-folder", "draft drafts-folder");
                assertThat(router.tickets()).hasSize(2);
              });
      assertThat(folderCalls()).isEqualTo(1);

      Mail gmail = Mail.of("g", "gmail").folders("INBOX", "Label_3");
      nylas.add(gmail);
      destination.deliver(NotificationFixture.created(gmail)).join();
      await().atMost(Duration.ofSeconds(20)).until(() -> router.tickets().size() == 3);
      assertThat(folderCalls()).isEqualTo(1);

      destination
          .deliver(NotificationFixture.of("folder.updated").data("grant_id", "g").data("id", "x"))
          .join();
      Mail later = Mail.of("g", "later").folders("AAMkInbox");
      nylas.add(later);
      destination.deliver(NotificationFixture.created(later)).join();
      await().atMost(Duration.ofSeconds(20)).until(() -> router.tickets().size() == 4);
      assertThat(folderCalls()).isEqualTo(2);
    }
  }

  private long folderCalls() {
    return nylas.calls().stream().filter(call -> call.path().endsWith("/folders")).count();
  }
}
