package io.github.nylaswebhook.zendesk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.nylaswebhook.categorize.Priority;
import io.github.nylaswebhook.destination.ClosedTickets;
import io.github.nylaswebhook.destination.DestinationRefusedException;
import io.github.nylaswebhook.inbox.OutcomeUnknownException;
import io.github.nylaswebhook.inbox.PermanentException;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.internal.Json;
import io.github.nylaswebhook.message.Attachment;
import io.github.nylaswebhook.message.AttachmentSource;
import io.github.nylaswebhook.message.EmailAddress;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.nylas.RateLimit;
import io.github.nylaswebhook.test.SettableClock;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.zendesk.FakeZendesk.Entry;
import io.github.nylaswebhook.zendesk.FakeZendesk.Reply;
import io.github.nylaswebhook.zendesk.FakeZendesk.User;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ZendeskTicketRouterTest {
  private static final String POST = "POST /api/v2/tickets.json";
  private static final String FIND = "GET /api/v2/tickets.json";

  private final SettableClock clock = new SettableClock(Tickets.NOW);
  private final List<ZendeskTicketRouter> routers = new ArrayList<>();
  private FakeZendesk zendesk;
  private ZendeskServer server;
  private ZendeskTicketRouter router;

  @BeforeEach
  void start() throws IOException {
    zendesk = new FakeZendesk(clock);
    server = new ZendeskServer(zendesk);
    router = router(builder -> builder);
  }

  @AfterEach
  void stop() {
    routers.forEach(ZendeskTicketRouter::close);
    server.close();
  }

  private ZendeskTicketRouter router(UnaryOperator<ZendeskTicketRouter.Builder> options) {
    ZendeskTicketRouter made =
        options
            .apply(
                ZendeskTicketRouter.builder()
                    .baseUrl(server.url())
                    .apiToken("bot@acme.example", "s3cret")
                    .clock(clock)
                    .limit(new RateLimit(1_000_000, Duration.ofSeconds(1))))
            .build();
    routers.add(made);
    return made;
  }

  private Entry only() {
    assertThat(zendesk.tickets()).hasSize(1);
    return zendesk.tickets().get(0);
  }

  private static String text(Entry ticket, int comment) {
    return ticket.comments().get(comment).stringOr("html_body", "");
  }

  // ---- new tickets

  @Test
  void makesATicketOfAMail() {
    Ticket ticket = Tickets.of(Tickets.mail("m"));
    TicketRef ref = router.route(ticket);

    Entry made = only();
    assertThat(ref)
        .isEqualTo(
            new TicketRef(
                "zendesk", Long.toString(made.id), server.url() + "agent/tickets/" + made.id));
    // To the byte: another order of members is another body for Zendesk.
    assertThat(server.calls().get(0).body())
        .isEqualTo(
            ("{'ticket':{'subject':'The printer is on fire','priority':'normal',"
                    + "'tags':['technical_support','fire_smoke'],'external_id':'"
                    + ticket.idempotencyKey()
                    + "','requester':{'name':'Ann Customer','email':'Ann@example.com'},"
                    + "'comment':{'html_body':'Please help!','public':true}}}")
                .replace('\'', '"'));
    assertThat(server.lines()).containsExactly(POST);
    assertThat(server.calls().get(0).headers())
        .containsEntry("idempotency-key", ticket.idempotencyKey())
        .containsEntry("content-type", "application/json");
    assertThat(router.destination()).isEqualTo("zendesk");
    assertThat(router.appends()).isTrue();
    assertThat(router.idempotent()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"LOW, low", "MEDIUM, normal", "HIGH, high"})
  void namesPrioritiesAsZendeskDoes(Priority priority, String name) {
    router.route(Tickets.of(Tickets.mail("m"), priority, false, "c", Set.of()));
    assertThat(only().made.stringOr("priority", "")).isEqualTo(name);
  }

  @Test
  void setsBrandGroupFormAndWhatIsAskedForButKeepsWhatMakesItSafe() {
    router(
            builder ->
                builder
                    .brandId(1)
                    .groupId(2)
                    .ticketFormId(360_000_000_001L)
                    .members(
                        ticket ->
                            Map.of(
                                "custom_fields",
                                List.of(Map.of("id", 5, "value", ticket.category())),
                                "priority",
                                "urgent",
                                "group_id",
                                3,
                                "external_id",
                                "mine",
                                "comment",
                                "mine")))
        .route(Tickets.of(Tickets.mail("m")));
    Json made = only().made;
    assertThat(made.longOr("brand_id", 0)).isEqualTo(1);
    assertThat(made.longOr("group_id", 0)).isEqualTo(3);
    assertThat(made.longOr("ticket_form_id", 0)).isEqualTo(360_000_000_001L);
    assertThat(made.stringOr("priority", "")).isEqualTo("urgent");
    assertThat(made.objects("custom_fields").get(0).stringOr("value", ""))
        .isEqualTo("Technical Support");
    assertThat(made.stringOr("external_id", "")).hasSize(64);
    assertThat(text(only(), 0)).isEqualTo("Please help!");
  }

  @Test
  void isTheHtmlOfTheMailIfAskedFor() {
    router(builder -> builder.html(true))
        .route(Tickets.of(Tickets.mail("m").body("<p>Please <b>help</b>!<img src=x></p>")));
    assertThat(text(only(), 0)).isEqualTo("<p>Please <b>help</b>!</p>");
  }

  @Test
  void isHiddenFromWhomNothingMayAnswer() {
    router.route(Tickets.of(Tickets.mail("m"), Priority.LOW, true, "c", Set.of()));
    assertThat(only().comments().get(0).bool("public")).isFalse();
  }

  @Test
  void worksWithAnOauthToken() {
    ZendeskTicketRouter oauth = router(builder -> builder.oauthToken("t0ken"));
    assertThatThrownBy(() -> oauth.route(Tickets.of(Tickets.mail("m"))))
        .isInstanceOf(RetryLaterException.class);
    assertThat(server.calls().get(0).headers()).containsEntry("authorization", "Bearer t0ken");
  }

  // ---- who it is from

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "nobody", "a b@example.com", "undisclosed-recipients:;", "<>"})
  void senderWithoutAnAddressGetsATicketOfTheApisUser(String email) {
    router.route(Tickets.of(Tickets.mail("m").from(List.of(new EmailAddress("Eve", email)))));
    assertThat(only().made.has("requester")).isFalse();
    assertThat(text(only(), 0)).startsWith("From: Eve").endsWith("<br><br>Please help!");
  }

  @Test
  void noSenderAtAllGetsTheFallback() {
    router(builder -> builder.fallbackRequester("Unknown", "unknown@acme.example"))
        .route(Tickets.of(Tickets.mail("m").from(List.of())));
    assertThat(only().made.object("requester").asMap())
        .isEqualTo(Map.of("name", "Unknown", "email", "unknown@acme.example"));
    assertThat(text(only(), 0)).startsWith("From: an unknown sender<br>");
  }

  @Test
  void senderWithoutANameIsNamedByTheAddress() {
    router.route(Tickets.of(Tickets.mail("m").from("ann@example.com")));
    assertThat(only().made.object("requester").stringOr("name", "")).isEqualTo("ann@example.com");
  }

  @Test
  void requesterMayBeAnother() {
    router(builder -> builder.requester(ticket -> ticket.message().replyTo().get(0)))
        .route(
            Tickets.of(
                Tickets.mail("m").replyTo(List.of(new EmailAddress("Bob", "bob@example.com")))));
    assertThat(only().made.object("requester").stringOr("email", "")).isEqualTo("bob@example.com");
  }

  @Test
  void suspendedRequesterDoesNotLoseTheMail() {
    zendesk.user("Ann", "ann@example.com", "end-user", true);
    Ticket ticket = Tickets.of(Tickets.mail("m"));
    TicketRef ref = router.route(ticket);
    assertThat(only().made.has("requester")).isFalse();
    assertThat(text(only(), 0)).startsWith("From: Ann Customer &lt;Ann@example.com&gt;<br>");
    assertThat(server.lines()).containsExactly(POST, POST);
    assertThat(router.route(ticket)).as("again, with the same keys").isEqualTo(ref);
    assertThat(router.route(ticket.asRepeated())).isEqualTo(ref);
    only();
  }

  @Test
  void addressThatZendeskRefusesGetsTheFallback() {
    router(builder -> builder.fallbackRequester("Unknown", "unknown@acme.example"))
        .route(Tickets.of(Tickets.mail("m").from("ann@localhost")));
    assertThat(only().made.object("requester").stringOr("email", ""))
        .isEqualTo("unknown@acme.example");
    assertThat(text(only(), 0)).startsWith("From: ann@localhost<br>");
  }

  @Test
  void suspendedFallbackIsRefusedForGood() {
    zendesk.user("Ann", "ann@example.com", "end-user", true);
    zendesk.user("Unknown", "unknown@acme.example", "end-user", true);
    ZendeskTicketRouter fallback =
        router(builder -> builder.fallbackRequester("Unknown", "unknown@acme.example"));
    assertThatThrownBy(() -> fallback.route(Tickets.of(Tickets.mail("m"))))
        .isInstanceOf(DestinationRefusedException.class);
    assertThat(server.lines()).containsExactly(POST, POST);
  }

  // ---- once

  @Test
  void sameKeyWithinItsLifeIsTheSameTicket() {
    Ticket ticket = Tickets.of(Tickets.mail("m"));
    TicketRef ref = router.route(ticket);
    clock.advance(Duration.ofMinutes(119));
    assertThat(router.route(ticket)).isEqualTo(ref);
    assertThat(server.lines()).containsExactly(POST, POST);
    only();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2, 3, 24 * 180})
  void repeatedTryFindsTheTicketHoweverOldItIs(long hours) {
    Ticket ticket = Tickets.of(Tickets.mail("m"));
    TicketRef ref = router.route(ticket);
    clock.advance(Duration.ofHours(hours));
    server.forget();
    assertThat(router.route(ticket.asRepeated())).isEqualTo(ref);
    assertThat(server.lines()).containsExactly(FIND);
    only();
  }

  @Test
  void forgottenKeyAloneWouldMakeASecondTicket() {
    // What the lookup is for: shows that the stand-in forgets.
    Ticket ticket = Tickets.of(Tickets.mail("m"));
    router.route(ticket);
    clock.advance(Duration.ofHours(2));
    router.route(ticket);
    assertThat(zendesk.tickets()).hasSize(2);
  }

  @Test
  void repeatedTryOfWhatNeverArrivedMakesIt() {
    router.route(Tickets.of(Tickets.mail("m")).asRepeated());
    assertThat(server.lines()).containsExactly(FIND, POST);
    only();
  }

  @Test
  void anotherBodyForTheKeyIsTheTicketThatThereIs() {
    Ticket ticket = Tickets.of(Tickets.mail("m"));
    TicketRef ref = router.route(ticket);
    assertThat(router(builder -> builder.groupId(7)).route(ticket)).isEqualTo(ref);
    assertThat(server.lines()).containsExactly(POST, POST, FIND);
    only();
  }

  @Test
  void anotherBodyForTheKeyOfADeletedTicketWaitsUntilTheKeyIsForgotten() {
    Ticket ticket = Tickets.of(Tickets.mail("m"));
    zendesk.delete(router.route(ticket).id());
    ZendeskTicketRouter other = router(builder -> builder.groupId(7));
    RetryLaterException later =
        catchThrowableOfType(RetryLaterException.class, () -> other.route(ticket));
    assertThat(later.countsAsAttempt()).isFalse();
    assertThat(later.when()).isEqualTo(clock.instant().plus(Duration.ofMinutes(5)));
    clock.advance(Duration.ofHours(2));
    other.route(ticket.asRepeated());
    only();
  }

  @Test
  void answerThatIsLostIsFoundLater() {
    ZendeskTicketRouter hasty = router(builder -> builder.callTimeout(Duration.ofMillis(300)));
    server.next("POST", "tickets.json", ZendeskServer.DONE_AND_SILENT);
    Ticket ticket = Tickets.of(Tickets.mail("m"));
    assertThatThrownBy(() -> hasty.route(ticket)).isInstanceOf(OutcomeUnknownException.class);
    clock.advance(Duration.ofHours(30));
    assertThat(hasty.route(ticket.asRepeated()).id()).isEqualTo(Long.toString(only().id));
  }

  @Test
  void answerWithoutATicketIsNoAnswer() {
    server.next(
        "POST", "tickets.json", (call, state) -> new Reply(201, Map.of(), "<html>proxy</html>"));
    assertThatThrownBy(() -> router.route(Tickets.of(Tickets.mail("m"))))
        .isInstanceOf(OutcomeUnknownException.class);
  }

  // ---- refusals

  @ParameterizedTest
  @CsvSource({"429, 7, false", "503, 7, false", "401, , false", "409, , true"})
  void comesBackWhenItMay(int status, @Nullable Integer after, boolean counts) {
    server.next(
        "POST",
        "tickets.json",
        ZendeskServer.refused(
            status,
            after == null
                ? Map.of()
                : Map.of("Retry-After", after.toString(), "X-Rate-Limit-Remaining", "0")));
    RetryLaterException later =
        catchThrowableOfType(
            RetryLaterException.class, () -> router.route(Tickets.of(Tickets.mail("m"))));
    assertThat(later.countsAsAttempt()).isEqualTo(counts);
    assertThat(Duration.between(clock.instant(), later.when()).toSeconds())
        .isBetween(after == null ? 0L : after, after == null ? 5L : after);
    assertThat(zendesk.tickets()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 502, 504})
  void doesNotKnowWhatAnErrorMeans(int status) {
    server.next("POST", "tickets.json", ZendeskServer.refused(status, Map.of()));
    assertThatThrownBy(() -> router.route(Tickets.of(Tickets.mail("m"))))
        .isInstanceOf(OutcomeUnknownException.class);
  }

  @Test
  void whatZendeskRefusesIsADeadLetterInItsWords() {
    ZendeskTicketRouter wrong =
        router(builder -> builder.members(ticket -> Map.of("tags", List.of("not a tag"))));
    DestinationRefusedException refused =
        catchThrowableOfType(
            DestinationRefusedException.class, () -> wrong.route(Tickets.of(Tickets.mail("m"))));
    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused).hasMessageContaining("Tags: 'not a tag' is invalid");
    assertThat(refused.getMessage().lines().findFirst()).hasValue("zendesk answers 422");
  }

  @Test
  void keepsToTheLimitAndOneTryToOneTurn() {
    ZendeskTicketRouter slow =
        router(builder -> builder.limit(new RateLimit(10, Duration.ofMinutes(1))));
    // One call at once is a tenth of the limit, and one try may go on with what it has begun.
    slow.route(Tickets.of(Tickets.mail("m0")).asRepeated());
    List<RetryLaterException> waiting = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      Ticket ticket = Tickets.of(Tickets.mail("m" + i)).asRepeated();
      waiting.add(catchThrowableOfType(RetryLaterException.class, () -> slow.route(ticket)));
    }
    assertThat(waiting).noneMatch(RetryLaterException::countsAsAttempt);
    assertThat(waiting.get(0).when()).isAfter(clock.instant());
    for (int i = 1; i <= 3; i++) {
      clock.set(waiting.get(i - 1).when());
      slow.route(Tickets.of(Tickets.mail("m" + i)).asRepeated());
    }
    assertThat(zendesk.tickets()).hasSize(4);
  }

  // ---- further mails

  private TicketRef opened() {
    TicketRef ref = router.route(Tickets.of(Tickets.mail("first")));
    server.forget();
    clock.advance(Duration.ofSeconds(10));
    return ref;
  }

  private static Ticket further(TicketRef ref) {
    return Tickets.of(Tickets.mail("second").body("<p>And the desk, too!</p>")).followUp(ref);
  }

  @Test
  void appendsAFurtherMailAsThePublicCommentOfItsAuthor() {
    TicketRef ref = opened();
    assertThat(router.route(further(ref))).isEqualTo(ref);
    Json comment = only().comments().get(1);
    assertThat(comment.stringOr("html_body", "")).isEqualTo("And the desk, too!");
    assertThat(comment.bool("public")).isTrue();
    assertThat(comment.longOr("author_id", 0)).isEqualTo(only().requesterId);
    assertThat(only().status).isEqualTo("new");
    assertThat(server.lines())
        .containsExactly(
            "GET /api/v2/tickets/" + ref.id() + ".json",
            "PUT /api/v2/tickets/" + ref.id() + ".json");
  }

  @Test
  void appendsANoteForTheTeamOnly() {
    TicketRef ref = opened();
    zendesk.status(ref.id(), "solved");
    assertThat(router.route(further(ref).asNote())).isEqualTo(ref);
    assertThat(only().comments().get(1).bool("public")).isFalse();
    assertThat(only().status).as("an absence note reopens nothing").isEqualTo("solved");
  }

  @Test
  void namesASenderWhoTakesNoPart() {
    TicketRef ref = opened();
    router.route(
        Tickets.of(Tickets.mail("second").from(List.of(new EmailAddress("Bob", "bob@example.com"))))
            .followUp(ref));
    assertThat(only().comments().get(1).has("author_id")).isFalse();
    assertThat(text(only(), 1)).startsWith("From: Bob &lt;bob@example.com&gt;<br><br>");
  }

  @Test
  void copiedCustomerIsTheAuthor() {
    User bob = zendesk.user("Bob", "cc.bob@example.com", "end-user", false);
    TicketRef ref = opened();
    router.route(Tickets.of(Tickets.mail("second").from(" CC.Bob@Example.com ")).followUp(ref));
    assertThat(only().comments().get(1).longOr("author_id", 0)).isEqualTo(bob.id());
  }

  @ParameterizedTest
  @CsvSource({"agent, false", "admin, false", "end-user, true"})
  void nobodySpeaksAsAnAgentOrAsWhoIsSuspended(String role, boolean suspended) {
    zendesk.user("Carl", "cc.carl@example.com", role, suspended);
    TicketRef ref = opened();
    router.route(Tickets.of(Tickets.mail("second").from("cc.carl@example.com")).followUp(ref));
    assertThat(only().comments().get(1).has("author_id")).isFalse();
    assertThat(text(only(), 1)).startsWith("From: cc.carl@example.com<br>");
  }

  @Test
  void refusedAuthorIsNamedInstead() {
    zendesk.user("refused as an author", "cc.dora@example.com", "end-user", false);
    TicketRef ref = opened();
    router.route(Tickets.of(Tickets.mail("second").from("cc.dora@example.com")).followUp(ref));
    assertThat(text(only(), 1)).startsWith("From: cc.dora@example.com<br>");
  }

  @Test
  void repeatedFurtherMailIsAppendedOnce() {
    TicketRef ref = opened();
    router.route(further(ref));
    clock.advance(Duration.ofHours(100));
    server.forget();
    assertThat(router.route(further(ref).asRepeated())).isEqualTo(ref);
    assertThat(router.route(further(ref).asNote().asRepeated())).isEqualTo(ref);
    assertThat(only().comments()).hasSize(2);
    assertThat(server.lines()).noneMatch(line -> line.startsWith("P"));
  }

  @Test
  void appendedMailIsFoundAmongManyUpdates() {
    TicketRef ref = opened();
    for (int i = 0; i < 120; i++) {
      zendesk.agentWrites(ref.id(), "working on it");
    }
    router.route(further(ref));
    for (int i = 0; i < 120; i++) {
      zendesk.agentWrites(ref.id(), "working on it");
    }
    router.route(further(ref).asRepeated());
    assertThat(only().comments()).hasSize(242);
  }

  @Test
  void appendedMailIsFoundAmongLongOnes() {
    // 100 of them are more than is read of one answer.
    TicketRef ref = opened();
    for (int i = 0; i < 120; i++) {
      zendesk.agentWrites(ref.id(), "x".repeat(60_000));
    }
    router.route(further(ref));
    router.route(further(ref).asRepeated());
    assertThat(only().comments()).hasSize(122);
  }

  @Test
  void appendedMailWhoseAnswerIsLostIsFoundLater() {
    TicketRef ref = opened();
    ZendeskTicketRouter hasty = router(builder -> builder.callTimeout(Duration.ofMillis(300)));
    server.next("PUT", ".json", ZendeskServer.DONE_AND_SILENT);
    assertThatThrownBy(() -> hasty.route(further(ref))).isInstanceOf(OutcomeUnknownException.class);
    assertThat(hasty.route(further(ref).asRepeated())).isEqualTo(ref);
    assertThat(only().comments()).hasSize(2);
  }

  @Test
  void updateThatArrivesAfterItWasGivenUpIsRefused() {
    TicketRef ref = opened();
    ZendeskTicketRouter hasty = router(builder -> builder.callTimeout(Duration.ofMillis(300)));
    List<FakeZendesk.Call> stuck = new ArrayList<>();
    server.next(
        "PUT",
        ".json",
        (call, state) -> {
          stuck.add(call);
          return null;
        });
    assertThatThrownBy(() -> hasty.route(further(ref))).isInstanceOf(OutcomeUnknownException.class);
    clock.advance(Duration.ofSeconds(2));
    hasty.route(further(ref).asRepeated());
    assertThat(zendesk.answer(stuck.get(0)).status()).isEqualTo(409);
    assertThat(only().comments()).hasSize(2);
  }

  @Test
  void updateThatArrivesBetweenLookingAndAppendingIsSeen() {
    TicketRef ref = opened();
    List<FakeZendesk.Call> stuck = new ArrayList<>();
    ZendeskTicketRouter hasty = router(builder -> builder.callTimeout(Duration.ofMillis(300)));
    server.next(
        "PUT",
        ".json",
        (call, state) -> {
          stuck.add(call);
          return null;
        });
    assertThatThrownBy(() -> hasty.route(further(ref))).isInstanceOf(OutcomeUnknownException.class);
    server.next(
        "PUT",
        ".json",
        (call, state) -> {
          clock.advance(Duration.ofSeconds(1));
          assertThat(state.answer(stuck.get(0)).status()).isEqualTo(200);
          return state.answer(call);
        });
    assertThat(hasty.route(further(ref).asRepeated())).isEqualTo(ref);
    assertThat(only().comments()).hasSize(2);
  }

  @Test
  void ticketThatIsChangedMeanwhileIsReadAgain() {
    TicketRef ref = opened();
    server.next(
        "PUT",
        ".json",
        (call, state) -> {
          clock.advance(Duration.ofSeconds(1));
          state.agentWrites(ref.id(), "on my way");
          return state.answer(call);
        });
    router.route(further(ref));
    assertThat(only().comments()).hasSize(3);
  }

  @Test
  void ticketThatIsChangedAllTheTimeIsTriedLater() {
    TicketRef ref = opened();
    for (int i = 0; i < 4; i++) {
      server.next("PUT", ".json", ZendeskServer.refused(409, Map.of()));
    }
    RetryLaterException later =
        catchThrowableOfType(RetryLaterException.class, () -> router.route(further(ref)));
    assertThat(later.countsAsAttempt()).isTrue();
    router.route(further(ref).asRepeated());
    assertThat(only().comments()).hasSize(2);
  }

  @Test
  void ticketThatIsChangedAllTheTimeIsGivenUpHereAlsoAfterAnAuthorWasRefused() {
    TicketRef ref = opened();
    for (int i = 0; i < 3; i++) {
      server.next("PUT", ".json", ZendeskServer.refused(409, Map.of()));
    }
    server.next(
        "PUT",
        ".json",
        (call, state) ->
            new Reply(422, Map.of(), "{\"details\":{\"author_id\":[{\"description\":\"no\"}]}}"));
    for (int i = 0; i < 20; i++) {
      server.next("PUT", ".json", ZendeskServer.refused(409, Map.of()));
    }
    assertThatThrownBy(() -> router.route(further(ref))).isInstanceOf(RetryLaterException.class);
    assertThat(server.lines().stream().filter(line -> line.startsWith("PUT"))).hasSize(5);
  }

  @Test
  void commentThatZendeskRefusesIsADeadLetter() {
    TicketRef ref = opened();
    server.next("PUT", ".json", ZendeskServer.refused(422, Map.of()));
    assertThatThrownBy(() -> router.route(further(ref)))
        .isInstanceOf(DestinationRefusedException.class);
    assertThat(server.lines()).hasSize(2);
  }

  // ---- tickets that are over

  @Test
  void customerWhoWasWaitedForReopensATicket() {
    TicketRef ref = opened();
    zendesk.status(ref.id(), "pending");
    router(builder -> builder.closedTickets(ClosedTickets.APPEND)).route(further(ref));
    assertThat(only().status).isEqualTo("open");
  }

  @ParameterizedTest
  @CsvSource({"REOPEN, open, 1", "APPEND, solved, 1", "NEW_TICKET, solved, 2"})
  void solvedTicketIsTreatedAsIsSaid(ClosedTickets policy, String status, int tickets) {
    TicketRef ref = opened();
    zendesk.status(ref.id(), "solved");
    TicketRef next = router(builder -> builder.closedTickets(policy)).route(further(ref));
    assertThat(zendesk.ticket(ref.id()).status).isEqualTo(status);
    assertThat(zendesk.tickets()).hasSize(tickets);
    if (tickets == 2) {
      assertThat(next).isNotEqualTo(ref);
      assertThat(text(zendesk.ticket(next.id()), 0))
          .startsWith("Follow-up to ticket #" + ref.id() + "<br><br>");
      assertThat(zendesk.ticket(next.id()).made.has("via_followup_source_id")).isFalse();
    } else {
      assertThat(next).isEqualTo(ref);
    }
  }

  @ParameterizedTest
  @EnumSource(ClosedTickets.class)
  void closedTicketGetsAFollowUpTicketOfTheSameCustomer(ClosedTickets policy) {
    TicketRef ref = opened();
    zendesk.status(ref.id(), "closed");
    ZendeskTicketRouter some = router(builder -> builder.closedTickets(policy));
    TicketRef next = some.route(further(ref));
    Entry made = zendesk.ticket(next.id());
    assertThat(made.made.longOr("via_followup_source_id", 0)).isEqualTo(Long.parseLong(ref.id()));
    assertThat(made.requesterId).isEqualTo(zendesk.ticket(ref.id()).requesterId);
    assertThat(made.comments().get(0).longOr("author_id", 0)).isEqualTo(made.requesterId);
    assertThat(text(made, 0))
        .isEqualTo("Follow-up to ticket #" + ref.id() + "<br><br>And the desk, too!");
    assertThat(zendesk.ticket(ref.id()).comments()).hasSize(1);

    clock.advance(Duration.ofHours(5));
    assertThat(some.route(further(ref).asRepeated())).as("again").isEqualTo(next);
    assertThat(zendesk.tickets()).hasSize(2);
  }

  @Test
  void strangersFollowUpTicketSaysWhoWroteIt() {
    TicketRef ref = opened();
    zendesk.status(ref.id(), "closed");
    TicketRef next =
        router.route(Tickets.of(Tickets.mail("second").from("bob@example.com")).followUp(ref));
    assertThat(text(zendesk.ticket(next.id()), 0))
        .startsWith("Follow-up to ticket #" + ref.id() + "<br>From: bob@example.com<br><br>");
  }

  @Test
  void ticketThatIsClosedAtTheLastMomentGetsAFollowUpTicket() {
    TicketRef ref = opened();
    server.next(
        "PUT",
        ".json",
        (call, state) -> {
          state.status(ref.id(), "closed");
          return state.answer(call);
        });
    assertThat(router.route(further(ref))).isNotEqualTo(ref);
    assertThat(zendesk.tickets()).hasSize(2);
  }

  @Test
  void mailThatWasAppendedBeforeItsTicketWasClosedIsThere() {
    TicketRef ref = opened();
    router.route(further(ref));
    zendesk.status(ref.id(), "closed");
    assertThat(router.route(further(ref).asRepeated())).isEqualTo(ref);
    only();
  }

  @Test
  void deletedTicketGetsANewOne() {
    TicketRef ref = opened();
    zendesk.delete(ref.id());
    TicketRef next = router.route(further(ref));
    assertThat(next.id()).isEqualTo(Long.toString(only().id));
    assertThat(text(only(), 0)).isEqualTo("And the desk, too!");
    assertThat(router.route(further(ref).asRepeated())).isEqualTo(next);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void noteNeverMakesATicket(boolean deleted) {
    TicketRef ref = opened();
    if (deleted) {
      zendesk.delete(ref.id());
    } else {
      zendesk.status(ref.id(), "closed");
    }
    assertThat(router.route(further(ref).asNote())).isEqualTo(ref);
    assertThat(zendesk.tickets()).hasSize(deleted ? 0 : 1);
    assertThat(catchThrowable(() -> router.route(Tickets.of(Tickets.mail("m")).asNote())))
        .isInstanceOf(PermanentException.class);
  }

  // ---- attachments

  private static Message.Builder withAttachments(Attachment... attachments) {
    return Tickets.mail("m").attachments(List.of(attachments));
  }

  private static Attachment file(String name, long size) {
    return new Attachment("id-" + name, name, "application/pdf", size, false);
  }

  @Test
  void namesAttachmentsIfTheyAreNotCarriedOver() {
    router.route(Tickets.of(withAttachments(file("a.pdf", 12_000))));
    assertThat(text(only(), 0)).endsWith("<br><br>Attachments:<br>- a.pdf (12 kB)");
    assertThat(server.lines()).containsExactly(POST);
  }

  @Test
  void carriesAttachmentsOverAndSaysWhichItDoesNot() {
    ZendeskTicketRouter carrying =
        router(
            builder ->
                builder.attachments(
                    (message, attachment) ->
                        switch (attachment.filename()) {
                          case "gone.pdf" -> throw new IOException("404");
                          case "broken.pdf" -> new Broken();
                          case "lies.pdf" -> bytes(5_000);
                          case "throws.pdf" -> throw new IllegalStateException("oops");
                          default -> bytes((int) attachment.size());
                        },
                    2_000));
    Ticket ticket =
        Tickets.of(
            withAttachments(
                file("a ü&b.pdf", 1_000),
                file("large.pdf", 2_001),
                file("gone.pdf", 10),
                file("broken.pdf", 10),
                file("lies.pdf", 10),
                file("throws.pdf", 10),
                file("bad.exe", 10),
                new Attachment("c", "", "text/calendar; method=REQUEST", 2_000, true)));
    carrying.route(ticket);
    assertThat(zendesk.uploads().values())
        .containsExactly(
            new FakeZendesk.Upload("a ü&b.pdf", 1_000),
            new FakeZendesk.Upload("invite.ics", 2_000));
    assertThat(only().comments().get(0).list("uploads"))
        .isEqualTo(List.copyOf(zendesk.uploads().keySet()));
    assertThat(text(only(), 0))
        .endsWith(
            "Attachments:<br>- a ü&amp;b.pdf (1 kB)"
                + "<br>- large.pdf (2 kB; not carried over: too large)"
                + "<br>- gone.pdf (10 B; not carried over: it couldn't be had)"
                + "<br>- broken.pdf (10 B; not carried over: it couldn't be had)"
                + "<br>- lies.pdf (10 B; not carried over: too large)"
                + "<br>- throws.pdf (10 B; not carried over: it couldn't be had)"
                + "<br>- bad.exe (10 B; not carried over: Zendesk refuses it)"
                + "<br>- invite.ics (2 kB)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/pdf; name=\"Rechnung März.pdf\"",
        "text/plain; name=\"a\r\nX-Evil: 1\"",
        "text/plain\r\nX-Evil: 1",
        "kein Typ",
        ""
      })
  void carriesAttachmentsOfAnyContentTypeOver(String type) {
    router(builder -> builder.attachments((message, file) -> bytes(10), 1_000))
        .route(Tickets.of(withAttachments(new Attachment("id", "a.pdf", type, 10, false))));
    assertThat(zendesk.uploads().values()).containsExactly(new FakeZendesk.Upload("a.pdf", 10));
    assertThat(server.calls().get(0).headers())
        .doesNotContainKey("x-evil")
        .hasEntrySatisfying(
            "content-type",
            sent ->
                assertThat(sent).isIn("application/pdf", "text/plain", "application/octet-stream"));
    only();
  }

  @Test
  void carriesNoMoreOverOfAMailThanIsSaid() {
    router(
            builder ->
                builder.attachments((message, file) -> bytes((int) file.size()), 1_000, 1_500))
        .route(Tickets.of(withAttachments(file("a", 900), file("b", 700), file("c", 600))));
    assertThat(zendesk.uploads().values())
        .extracting(FakeZendesk.Upload::filename)
        .containsExactly("a", "c");
  }

  @Test
  void attachmentsOfAFurtherMailAreInItsComment() {
    TicketRef ref = opened();
    router(builder -> builder.attachments((message, file) -> bytes(10), 1_000))
        .route(Tickets.of(withAttachments(file("a", 10))).followUp(ref));
    assertThat(only().comments().get(1).list("uploads")).hasSize(1);
  }

  @Test
  void otherUploadsForTheSameKeyAreTheSameTicket() {
    ZendeskTicketRouter carrying =
        router(builder -> builder.attachments((message, file) -> bytes(10), 1_000));
    Ticket ticket = Tickets.of(withAttachments(file("a", 10)));
    TicketRef ref = carrying.route(ticket);
    assertThat(carrying.route(ticket)).isEqualTo(ref);
    only();
  }

  @Test
  void waitsForASourceThatSaysWhenItCan() {
    RetryLaterException turn =
        new RetryLaterException("not yet", clock.instant().plusSeconds(3), false);
    ZendeskTicketRouter carrying =
        router(
            builder ->
                builder.attachments(
                    (message, file) -> {
                      throw turn;
                    },
                    1_000));
    assertThat(catchThrowable(() -> carrying.route(Tickets.of(withAttachments(file("a", 10))))))
        .isSameAs(turn);
    assertThat(zendesk.tickets()).isEmpty();
  }

  @Test
  void waitsForAZendeskThatTakesNoFilesNow() {
    ZendeskTicketRouter carrying =
        router(builder -> builder.attachments((message, file) -> bytes(10), 1_000));
    server.next("POST", "uploads.json", ZendeskServer.refused(503, Map.of()));
    assertThatThrownBy(() -> carrying.route(Tickets.of(withAttachments(file("a", 10)))))
        .isInstanceOf(RetryLaterException.class);
    assertThat(zendesk.tickets()).isEmpty();
  }

  @Test
  void aFileThatZendeskNeverTakesDoesNotKeepTheTicketForever() {
    ZendeskTicketRouter carrying =
        router(builder -> builder.attachments((message, file) -> bytes(10), 1_000));
    Ticket ticket = Tickets.of(withAttachments(file("a", 10), file("b", 10)));
    for (int i = 0; i < 3; i++) {
      server.next("POST", "uploads.json", ZendeskServer.refused(500, Map.of()));
    }
    assertThatThrownBy(() -> carrying.route(ticket)).isInstanceOf(RetryLaterException.class);
    clock.advance(Duration.ofMinutes(9));
    assertThatThrownBy(() -> carrying.route(ticket.asRepeated()))
        .isInstanceOf(RetryLaterException.class);
    clock.advance(Duration.ofMinutes(2));
    carrying.route(ticket.asRepeated());
    assertThat(text(only(), 0))
        .contains("- a (10 B; not carried over: Zendesk didn't take it in time)")
        .endsWith("- b (10 B)");
  }

  @Test
  void holdsNothingOfALargeAttachment() {
    AtomicLong ahead = new AtomicLong();
    AtomicLong most = new AtomicLong();
    long size = ZendeskTicketRouter.MAX_ATTACHMENT_BYTES;
    AttachmentSource source =
        (message, attachment) ->
            new InputStream() {
              private long left = size;
              private final long before = used();

              @Override
              public int read() {
                throw new UnsupportedOperationException();
              }

              @Override
              public int read(byte[] buffer, int offset, int length) {
                if (left == 0) {
                  return -1;
                }
                int n = (int) Math.min(length, left);
                left -= n;
                most.accumulateAndGet(n, Math::max);
                if (left % 10_000_000 < 16_384) {
                  ahead.accumulateAndGet(used() - before, Math::max);
                }
                return n;
              }
            };
    router(builder -> builder.attachments(source, size))
        .route(Tickets.of(withAttachments(file("a.iso", size))));
    assertThat(zendesk.uploads().values()).containsExactly(new FakeZendesk.Upload("a.iso", size));
    assertThat(most.get()).isLessThanOrEqualTo(64 << 10);
    assertThat(ahead.get()).isLessThan(size / 4);
  }

  private static long used() {
    Runtime runtime = Runtime.getRuntime();
    System.gc();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  private static InputStream bytes(int length) {
    return new ByteArrayInputStream(new byte[length]);
  }

  /** Ends in the middle. */
  private static final class Broken extends InputStream {
    private boolean begun;

    @Override
    public int read() {
      throw new UnsupportedOperationException();
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      if (begun) {
        throw new IOException("reset");
      }
      begun = true;
      return 5;
    }
  }

  // ---- configuration

  private static ZendeskTicketRouter.Builder complete() {
    return ZendeskTicketRouter.builder().subdomain("acme").oauthToken("t");
  }

  @Test
  void linksToTheAccount() throws IOException {
    try (ZendeskTicketRouter acme =
        complete()
            .http(
                new okhttp3.OkHttpClient.Builder()
                    .addInterceptor(
                        chain ->
                            chain.proceed(
                                chain
                                    .request()
                                    .newBuilder()
                                    .url(
                                        chain
                                            .request()
                                            .url()
                                            .toString()
                                            .replace("https://acme.zendesk.com/", server.url()))
                                    .header("Authorization", FakeZendesk.AUTHORIZATION)
                                    .build()))
                    .build())
            .build()) {
      assertThat(acme.route(Tickets.of(Tickets.mail("m"))).url())
          .isEqualTo("https://acme.zendesk.com/agent/tickets/" + only().id);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "acme.zendesk.com", "https://acme", "-acme", "a b", "acme/x"})
  void wantsASubdomain(String name) {
    assertThatThrownBy(() -> ZendeskTicketRouter.builder().subdomain(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("subdomain");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "acme", "ftp://a.example", "https://a.example/?x=1", "http://a.example"})
  void wantsASafeBaseUrl(String url) {
    assertThatThrownBy(() -> complete().baseUrl(url).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(url);
  }

  @Test
  void wantsAPlaceAndCredentials() {
    assertThatThrownBy(() -> ZendeskTicketRouter.builder().oauthToken("t").build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("subdomain");
    assertThatThrownBy(() -> ZendeskTicketRouter.builder().subdomain("acme").build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("apiToken(email, token)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "t\n", "ü"})
  void wantsTokensThatAreOnes(String token) {
    assertThatThrownBy(() -> complete().oauthToken(token))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> complete().apiToken("a@example.com", token))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> complete().apiToken("a@example.com/token", "t"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("/token");
  }

  @Test
  void wantsSensibleNumbers() {
    AttachmentSource source = (message, attachment) -> bytes(1);
    assertThatThrownBy(() -> complete().brandId(0)).hasMessageContaining("brand_id");
    assertThatThrownBy(() -> complete().groupId(-1)).hasMessageContaining("group_id");
    assertThatThrownBy(() -> complete().attachments(source, 0)).hasMessageContaining("bytes");
    assertThatThrownBy(() -> complete().attachments(source, 50_000_001))
        .hasMessageContaining("50000000");
    assertThatThrownBy(() -> complete().attachments(source, 10, 9)).hasMessageContaining("in all");
    assertThatThrownBy(() -> complete().callTimeout(Duration.ZERO))
        .hasMessageContaining("time-out");
    assertThatThrownBy(() -> complete().fallbackRequester("X", "nobody"))
        .hasMessageContaining("nobody");
  }
}
