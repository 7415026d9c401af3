package io.github.nylaswebhook.jira;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import io.github.nylaswebhook.categorize.Evidence;
import io.github.nylaswebhook.categorize.Priority;
import io.github.nylaswebhook.destination.ClosedTickets;
import io.github.nylaswebhook.destination.DestinationRefusedException;
import io.github.nylaswebhook.filter.MessageKind;
import io.github.nylaswebhook.inbox.OutcomeUnknownException;
import io.github.nylaswebhook.inbox.PermanentException;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.internal.Json;
import io.github.nylaswebhook.message.Attachment;
import io.github.nylaswebhook.message.EmailAddress;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.nylas.RateLimit;
import io.github.nylaswebhook.test.DestinationStandIn.Failure;
import io.github.nylaswebhook.test.DestinationStandIn.Reply;
import io.github.nylaswebhook.test.SettableClock;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class JiraTicketRouterTest {
  private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");

  private final JiraStandIn jira = new JiraStandIn();
  private final SettableClock clock = new SettableClock(NOW);
  private final List<JiraTicketRouter> routers = new ArrayList<>();

  static JiraTicketRouter.Builder builder(JiraStandIn jira) {
    return JiraTicketRouter.builder(jira.url(), "SUP")
        .basicAuth("me@x.example", "token")
        .indexLag(Duration.ofMillis(300));
  }

  private JiraTicketRouter router(JiraTicketRouter.Builder builder) {
    JiraTicketRouter router = builder.build();
    routers.add(router);
    return router;
  }

  private JiraTicketRouter router() {
    return router(builder(jira));
  }

  @AfterEach
  void stop() {
    routers.forEach(JiraTicketRouter::close);
    jira.close();
  }

  // ---- a new issue

  @Test
  void anIssueHasWhatTheMailHas() {
    TicketRef ref = router().route(ticket("m1").build());

    JiraStandIn.Issue issue = jira.only();
    assertThat(ref).isEqualTo(new TicketRef("jira", "SUP-1", jira.url() + "/browse/SUP-1"));
    assertThat(issue.fields)
        .containsEntry("summary", "It is broken")
        .containsEntry("project", Map.of("key", "SUP"))
        .containsEntry("issuetype", Map.of("name", "Task"))
        .containsEntry("priority", Map.of("name", "High"))
        .containsEntry(
            "labels",
            List.of(JiraTicketRouter.label(ticket("m1").build()), "incidents", "big-customer"));
    assertThat(issue.description())
        .contains("From: Ann <ann@customer.example>\n")
        .contains("To: support@desk.example\n")
        .contains("Received: 2026-11-22T09:00:00Z\n")
        .contains("Kind: human\n")
        .contains("Category: incidents, priority high\n")
        .contains("Because of: outages (subject: broken)\n")
        .contains("Please help.\nIt smokes.\nThank you\n")
        .contains("Attachment: log.txt (text/plain, 1,234 bytes)\n");
    assertThat(Json.of(issue.properties.get(0)).object("value").stringOr("message", ""))
        .isEqualTo("m1");
  }

  @Test
  void summariesAreOneLineOfLessThan255Characters() {
    JiraTicketRouter router = router();
    router.route(ticket("a").subject("one\r\ntwo\u2028three\u0000\tfour").build());
    router.route(ticket("b").subject("😀".repeat(200)).build());
    router.route(ticket("c").subject("\u0007 \n").excerpt("").build());
    router.route(ticket("d").subject("").excerpt("Where is my order?").build());

    assertThat(jira.issues.values())
        .extracting(issue -> issue.fields.get("summary").toString())
        .satisfies(
            all -> {
              assertThat(all.get(0)).isEqualTo("one two three four");
              assertThat(all.get(1)).isEqualTo("😀".repeat(126) + "…");
              assertThat(all.get(2)).isEqualTo("(no subject)");
              assertThat(all.get(3)).isEqualTo("Where is my order?");
            });
  }

  @Test
  void whatIsTooLongIsCutAndSaysSo() {
    router().route(ticket("m1").text("😀 line\n".repeat(40_000)).build());

    assertThat(AdfRules.check(jira.only().fields.get("description")))
        .isBetween(30_000, MailDocument.MAX_LENGTH);
    assertThat(jira.only().description()).contains("[Cut here: the mail has 319,999 characters.]");
  }

  @Test
  void whatJiraFindsTooLongAllTheSameIsHalved() {
    jira.descriptionLimit = 10_000;
    TicketRef ref = router().route(ticket("m1").text("x".repeat(30_000)).build());
    router().route(ticket("m2").text("x".repeat(30_000)).build().followUp(ref));

    assertThat(AdfRules.check(jira.only().fields.get("description"))).isBetween(5_000, 10_000);
    assertThat(jira.only().comment(0)).contains("[Cut here: the mail has 30,000 characters.]");
  }

  @Test
  void prioritiesHaveTheNamesThatTheSiteGivesThem() {
    jira.priorities.add("P1");
    JiraTicketRouter router =
        router(builder(jira).priorityNames(Map.of(Priority.HIGH, "P1")).issueType("Task"));
    router.route(ticket("m1").build());
    router.route(ticket("m2").priority(Priority.LOW).build());

    assertThat(jira.issues.get("SUP-1").fields).containsEntry("priority", Map.of("name", "P1"));
    assertThat(jira.issues.get("SUP-2").fields).doesNotContainKey("priority");
  }

  @Test
  void furtherFieldsAreSet() {
    router(builder(jira).fields(ticket -> Map.of("customfield_1", ticket.from().email())))
        .route(ticket("m1").build());

    assertThat(jira.only().fields).containsEntry("customfield_1", "ann@customer.example");
  }

  @Test
  void furtherFieldsDoNotReplaceTheRoutersOwn() {
    JiraTicketRouter router = router(builder(jira).fields(ticket -> Map.of("labels", List.of())));

    assertThatThrownBy(() -> router.route(ticket("m1").build()))
        .isInstanceOf(PermanentException.class)
        .hasMessageContaining("labels");
    assertThat(jira.issues).isEmpty();
  }

  // ---- fields that Jira refuses

  @Test
  void fieldsThatTheScreenLacksAreLeftOutAndRemembered() {
    jira.screen.removeAll(Set.of("priority", "customfield_1"));
    JiraTicketRouter router = router(builder(jira).fields(ticket -> Map.of("customfield_1", 1)));
    router.route(ticket("m1").build());
    assertThat(jira.count("POST", "/issue")).isEqualTo(2);
    router.route(ticket("m2").build());

    assertThat(jira.count("POST", "/issue")).as("the second costs no more").isEqualTo(3);
    assertThat(jira.issues).hasSize(2);
    assertThat(jira.issues.get("SUP-2").fields)
        .doesNotContainKeys("priority", "customfield_1")
        .containsKeys("summary", "description", "labels");
  }

  @Test
  void anUnknownPriorityIsLeftOutAndRemembered() {
    jira.priorities.remove("High");
    JiraTicketRouter router = router();
    router.route(ticket("m1").build());
    router.route(ticket("m2").build());
    router.route(ticket("m3").priority(Priority.LOW).build());

    assertThat(jira.count("POST", "/issue")).isEqualTo(4);
    assertThat(jira.issues.get("SUP-2").fields).doesNotContainKey("priority");
    assertThat(jira.issues.get("SUP-3").fields).containsEntry("priority", Map.of("name", "Low"));
  }

  @Test
  void aScreenThatWasMendedIsNoticedWithinTheHour() {
    jira.screen.remove("priority");
    JiraTicketRouter router = router(builder(jira).clock(clock));
    router.route(ticket("m1").build());
    jira.screen.add("priority");
    clock.advance(Duration.ofMinutes(61));
    router.route(ticket("m2").build());

    assertThat(jira.issues.get("SUP-2").fields).containsKey("priority");
  }

  @Test
  void withoutLabelsNothingIsCreatedAndItIsSaidWhatToMend() {
    jira.screen.remove("labels");
    JiraTicketRouter router = router();

    assertThatThrownBy(() -> router.route(ticket("m1").build()))
        .isInstanceOf(PermanentException.class)
        .hasMessageContaining("add the field Labels");
    assertThat(jira.issues).isEmpty();
    assertThat(jira.count("POST", "/issue")).isEqualTo(1);
  }

  @Test
  void aWrongIssueTypeIsRefusedWithJirasWords() {
    JiraTicketRouter router = router(builder(jira).issueType("Ticket"));

    DestinationRefusedException refused =
        catchThrowableOfType(
            DestinationRefusedException.class, () -> router.route(ticket("m1").build()));
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused).hasMessageContaining("\n").hasMessageContaining("Specify a valid issue");
    assertThat(refused.getMessage().lines().findFirst()).contains("jira answers 400");
  }

  // ---- no issue twice

  @Test
  void afterAnUnknownOutcomeTheIssueIsLookedForUntilTheSearchHasCaughtUp() {
    jira.lag = Duration.ofMillis(200);
    JiraTicketRouter router = router(builder(jira).callTimeout(Duration.ofSeconds(2)));
    for (Failure failure :
        List.of(
            Failure.CUT_AFTER,
            Failure.BROKEN_AFTER,
            Failure.GATEWAY_TIMEOUT,
            Failure.SILENT,
            Failure.HALF_AN_ANSWER)) {
      Ticket ticket = ticket(failure.name()).build();
      jira.failNext(failure);
      assertThatThrownBy(() -> router.route(ticket)).isInstanceOf(OutcomeUnknownException.class);

      TicketRef ref = route(router, ticket.asRepeated());
      assertThat(jira.tickets()).filteredOn(ticket.idempotencyKey()::equals).hasSize(1);
      assertThat(key(jira.issues.get(ref.id()))).isEqualTo(ticket.idempotencyKey());
    }
  }

  @Test
  void whatIsNotFoundForTheWholeLagIsCreated() {
    JiraTicketRouter router = router(builder(jira).clock(clock).indexLag(Duration.ofSeconds(30)));
    Ticket ticket = ticket("m1").build();
    jira.failNext(Failure.BROKEN_BEFORE);
    assertThatThrownBy(() -> router.route(ticket)).isInstanceOf(OutcomeUnknownException.class);

    for (int seconds : List.of(5, 15, 30)) {
      assertThatThrownBy(() -> router.route(ticket.asRepeated()))
          .isInstanceOfSatisfying(
              RetryLaterException.class,
              later -> {
                assertThat(later.when()).isEqualTo(NOW.plusSeconds(seconds));
                assertThat(later.countsAsAttempt()).isFalse();
              });
      assertThat(jira.issues).isEmpty();
      clock.set(NOW.plusSeconds(seconds));
    }
    assertThat(router.route(ticket.asRepeated()).id()).isEqualTo("SUP-1");
    assertThat(jira.count("POST", "/search/jql")).isEqualTo(4);
  }

  @Test
  void aProcessThatKnowsNothingOfTheEarlierTryBeginsToLookAnew() {
    JiraTicketRouter router = router(builder(jira).clock(clock).indexLag(Duration.ofSeconds(30)));
    Ticket repeated = ticket("m1").build().asRepeated();
    assertThatThrownBy(() -> router.route(repeated))
        .isInstanceOfSatisfying(
            RetryLaterException.class,
            later -> assertThat(later.when()).isEqualTo(NOW.plusSeconds(5)));
    clock.advance(Duration.ofSeconds(29));
    assertThatThrownBy(() -> router.route(repeated)).isInstanceOf(RetryLaterException.class);
    clock.advance(Duration.ofSeconds(1));
    router.route(repeated);
    assertThat(jira.tickets()).hasSize(1);
  }

  @Test
  void eachUnknownOutcomeBeginsTheWaitAnew() {
    JiraTicketRouter router = router(builder(jira).clock(clock).indexLag(Duration.ofSeconds(30)));
    Ticket ticket = ticket("m1").build();
    jira.failNext(Failure.BROKEN_BEFORE);
    assertThatThrownBy(() -> router.route(ticket)).isInstanceOf(OutcomeUnknownException.class);
    clock.advance(Duration.ofSeconds(31));
    jira.answerOnce("POST", "/issue", Reply.of(500));
    // The inbox brings it to nobody before the search has caught up.
    assertThatThrownBy(() -> router.route(ticket.asRepeated()))
        .isInstanceOfSatisfying(
            RetryLaterException.class,
            later -> {
              assertThat(later.when()).isEqualTo(NOW.plusSeconds(61));
              assertThat(later.countsAsAttempt()).isTrue();
            });

    assertThatThrownBy(() -> router.route(ticket.asRepeated()))
        .isInstanceOfSatisfying(
            RetryLaterException.class,
            later -> assertThat(later.when()).isEqualTo(NOW.plusSeconds(36)));
    assertThat(jira.issues).isEmpty();
  }

  @Test
  void nothingIsCreatedAnewWhileTheCredentialsSeeNothing() {
    JiraTicketRouter first = router();
    first.route(ticket("m1").build());
    jira.mayBrowse = false;
    JiraTicketRouter second = router(builder(jira).indexLag(Duration.ZERO));

    assertThatThrownBy(() -> second.route(ticket("m1").build().asRepeated()))
        .isInstanceOf(RetryLaterException.class)
        .hasMessageContaining("can't browse project SUP");
    jira.mayBrowse = true;
    second.route(ticket("m1").build().asRepeated());
    assertThat(jira.tickets()).hasSize(1);
  }

  @Test
  void aLoginThatFailedSilentlyIsTakenForOne() {
    jira.answerOnce(
        "POST",
        "/search/jql",
        Reply.json(200, Map.of("issues", List.of()))
            .header("X-Seraph-LoginReason", "AUTHENTICATED_FAILED"));
    JiraTicketRouter router = router(builder(jira).indexLag(Duration.ZERO));

    assertThatThrownBy(() -> router.route(ticket("m1").build().asRepeated()))
        .isInstanceOf(RetryLaterException.class)
        .hasMessageContaining("401");
    assertThat(jira.issues).isEmpty();
  }

  @Test
  void theLabelIsLettersDigitsAndAHyphen() {
    assertThat(JiraTicketRouter.label(ticket("m\" OR 1=1").build())).matches("nylas-[0-9a-f]{32}");
  }

  // ---- further mails

  @Test
  void aFurtherMailBecomesAComment() {
    JiraTicketRouter router = router();
    TicketRef ref = router.route(ticket("m1").build());
    TicketRef same = router.route(ticket("m2").text("And now it burns.").build().followUp(ref));

    assertThat(same).isEqualTo(ref);
    assertThat(jira.only().comment(0))
        .contains("From: Ann <ann@customer.example>\nReceived: 2026-11-22T09:00:00Z\n")
        .contains("And now it burns.\n");
    assertThat(jira.appended(ticket("m1").build().idempotencyKey()))
        .containsExactly(ticket("m2").build().idempotencyKey());
    assertThat(jira.notes(ticket("m1").build().idempotencyKey())).isEmpty();
  }

  @Test
  void aNoteIsInternal() {
    JiraTicketRouter router = router();
    TicketRef ref = router.route(ticket("m1").build());
    router.route(ticket("m2").kind(MessageKind.AUTO_REPLY).build().asNote().followUp(ref));

    assertThat(jira.notes(ticket("m1").build().idempotencyKey()))
        .containsExactly(ticket("m2").build().idempotencyKey());
    assertThat(jira.only().comment(0)).contains("Kind: auto reply\n");
  }

  @Test
  void aCommentWhoseOutcomeIsUnknownIsNotDoubled() {
    for (boolean properties : List.of(true, false)) {
      jira.expandsProperties = properties;
      JiraTicketRouter router = router();
      TicketRef ref = router.route(ticket("m1" + properties).build());
      Ticket second = ticket("m2" + properties).build().followUp(ref);
      failOn(router, second);
      // Enough to fill pages.
      for (int i = 0; i < 45; i++) {
        router.route(ticket("other" + properties + i).build().followUp(ref));
      }
      assertThat(route(router(), second.asRepeated())).isEqualTo(ref);
      assertThat(jira.appended(ticket("m1" + properties).build().idempotencyKey()))
          .filteredOn(second.idempotencyKey()::equals)
          .hasSize(1);
    }
  }

  /** Routes a follow-up whose comment is made, and whose answer is lost. */
  private void failOn(JiraTicketRouter router, Ticket followUp) {
    jira.loseNextComment = true;
    assertThatThrownBy(() -> router.route(followUp)).isInstanceOf(OutcomeUnknownException.class);
  }

  @Test
  void aCommentThatIsNotThereIsMadeOnARepeatedTry() {
    JiraTicketRouter router = router();
    TicketRef ref = router.route(ticket("m1").build());
    route(router(), ticket("m2").build().followUp(ref).asRepeated());

    assertThat(jira.only().comments).hasSize(1);
  }

  @Test
  void aClosedIssueIsOpenedAgain() {
    JiraTicketRouter router = router();
    TicketRef ref = router.route(ticket("m1").build());
    jira.close(ticket("m1").build().idempotencyKey());
    assertThat(router.route(ticket("m2").build().followUp(ref))).isEqualTo(ref);

    assertThat(jira.only().status).isEqualTo("To Do");
    assertThat(jira.only().comments).hasSize(1);
  }

  @Test
  void itIsOpenedByTheTransitionOfThatName() {
    for (String name : List.of("back to work", "In Progress")) {
      JiraTicketRouter router = router(builder(jira).reopenTransition(name));
      TicketRef ref = router.route(ticket("1" + name).build());
      jira.close(ticket("1" + name).build().idempotencyKey());
      router.route(ticket("2" + name).build().followUp(ref));

      assertThat(jira.issues.get(ref.id()).status).isEqualTo("In Progress");
    }
  }

  @Test
  void whereNoTransitionOpensItANewIssueGoesOn() {
    jira.ways.keySet().retainAll(Set.of("11"));
    JiraTicketRouter router = router();
    TicketRef ref = router.route(ticket("m1").build());
    jira.close(ticket("m1").build().idempotencyKey());
    TicketRef other = router.route(ticket("m2").build().followUp(ref));

    assertThat(other.id()).isEqualTo("SUP-2");
    assertThat(jira.issues.get("SUP-2").description()).contains("Goes on from: SUP-1\n");
    assertThat(jira.issues.get("SUP-1").comments).isEmpty();
  }

  @Test
  void whereTheTransitionIsRefusedANewIssueGoesOn() {
    JiraTicketRouter router = router();
    TicketRef ref = router.route(ticket("m1").build());
    jira.close(ticket("m1").build().idempotencyKey());
    jira.answerOnce("POST", "/transitions", Reply.of(403));

    assertThat(router.route(ticket("m2").build().followUp(ref)).id()).isEqualTo("SUP-2");
  }

  @Test
  void aNoteDoesNotOpenAClosedIssue() {
    JiraTicketRouter router = router();
    TicketRef ref = router.route(ticket("m1").build());
    jira.close(ticket("m1").build().idempotencyKey());
    router.route(ticket("m2").build().asNote().followUp(ref));

    assertThat(jira.only().status).isEqualTo("Done");
    assertThat(jira.only().comments).hasSize(1);
  }

  @Test
  void aNewIssueIsLinkedToTheClosedOne() {
    JiraTicketRouter router = router(builder(jira).closedTickets(ClosedTickets.NEW_TICKET));
    TicketRef ref = router.route(ticket("m1").build());
    jira.close(ticket("m1").build().idempotencyKey());
    TicketRef other = router.route(ticket("m2").build().followUp(ref));

    assertThat(other.id()).isEqualTo("SUP-2");
    assertThat(jira.links).containsExactly("SUP-2 Relates SUP-1");
    assertThat(jira.issues.get("SUP-2").description()).contains("Goes on from: SUP-1\n");
    assertThat(jira.issues.get("SUP-1").category).isEqualTo("done");
  }

  @Test
  void aLinkThatFailsCostsNothing() {
    JiraTicketRouter router =
        router(builder(jira).closedTickets(ClosedTickets.NEW_TICKET).linkType("Continues"));
    TicketRef ref = router.route(ticket("m1").build());
    jira.close(ticket("m1").build().idempotencyKey());

    assertThat(router.route(ticket("m2").build().followUp(ref)).id()).isEqualTo("SUP-2");
    assertThat(jira.links).isEmpty();
  }

  @Test
  void aNewIssueForAFurtherMailIsNotDoubledEither() {
    JiraTicketRouter router = router(builder(jira).closedTickets(ClosedTickets.NEW_TICKET));
    TicketRef ref = router.route(ticket("m1").build());
    jira.close(ticket("m1").build().idempotencyKey());
    Ticket second = ticket("m2").build().followUp(ref);
    jira.loseNextIssue = true;
    assertThatThrownBy(() -> router.route(second)).isInstanceOf(OutcomeUnknownException.class);
    // Somebody opens the first one meanwhile.
    jira.issues.get("SUP-1").category = "new";

    assertThat(route(router, second.asRepeated()).id()).isEqualTo("SUP-2");
    assertThat(route(router(), second.asRepeated()).id()).isEqualTo("SUP-2");
    assertThat(jira.issues).hasSize(2);
    assertThat(jira.issues.get("SUP-1").comments).isEmpty();
  }

  @Test
  void toAClosedIssueMayBeAppended() {
    JiraTicketRouter router = router(builder(jira).closedTickets(ClosedTickets.APPEND));
    TicketRef ref = router.route(ticket("m1").build());
    jira.close(ticket("m1").build().idempotencyKey());
    router.route(ticket("m2").build().followUp(ref));

    assertThat(jira.only().category).isEqualTo("done");
    assertThat(jira.only().comments).hasSize(1);
  }

  @Test
  void whereAClosedIssueTakesNoCommentsThereIsANewOne() {
    JiraTicketRouter router = router(builder(jira).closedTickets(ClosedTickets.APPEND));
    TicketRef ref = router.route(ticket("m1").build());
    jira.close(ticket("m1").build().idempotencyKey());
    jira.answerOnce("POST", "/comment", Reply.of(403));

    assertThat(router.route(ticket("m2").build().followUp(ref)).id()).isEqualTo("SUP-2");
  }

  @Test
  void aMovedIssueIsFollowed() {
    JiraTicketRouter router = router();
    TicketRef ref = router.route(ticket("m1").build());
    jira.moved.put("OLD-7", ref.id());

    assertThat(router.route(ticket("m2").build().followUp(TicketRef.of("jira", "OLD-7"))))
        .isEqualTo(ref);
    assertThat(jira.only().comments).hasSize(1);
  }

  @Test
  void forAnIssueThatIsGoneThereIsANewOne() {
    JiraTicketRouter router = router();
    TicketRef ref = router.route(ticket("m1").build());
    jira.issues.get(ref.id()).deleted = true;

    assertThat(router.route(ticket("m2").build().followUp(ref)).id()).isEqualTo("SUP-2");
    assertThatThrownBy(() -> router.route(ticket("m3").build().asNote().followUp(ref)))
        .isInstanceOf(PermanentException.class)
        .hasMessageContaining("a note is never an issue");
  }

  @Test
  void anIssueThatTheCredentialsDoNotSeeIsNotTakenForGone() {
    JiraTicketRouter router = router();
    TicketRef ref = router.route(ticket("m1").build());
    jira.mayBrowse = false;
    assertThatThrownBy(() -> router.route(ticket("m2").build().followUp(ref)))
        .isInstanceOf(RetryLaterException.class);
    jira.mayBrowse = true;

    assertThat(route(router, ticket("m2").build().followUp(ref).asRepeated())).isEqualTo(ref);
    assertThat(jira.issues).hasSize(1);
  }

  // ---- limits

  @Test
  void limitsAreKeptToAsJiraSays() {
    JiraTicketRouter router = router(builder(jira).clock(clock));
    for (Reply reply :
        List.of(
            Reply.of(429).header("Retry-After", "40"),
            Reply.of(503).header("Retry-After", "40"),
            Reply.of(429)
                .header("X-RateLimit-Reset", "2026-11-22T10:00:39Z")
                .header("RateLimit-Reason", "jira-burst-based"))) {
      jira.answerOnce("POST", "/issue", reply);
      assertThatThrownBy(() -> router.route(ticket("m1").build()))
          .isInstanceOfSatisfying(
              RetryLaterException.class,
              later -> {
                assertThat(later.when()).isEqualTo(NOW.plusSeconds(40));
                assertThat(later.countsAsAttempt()).isFalse();
              });
    }
    jira.answerOnce(
        "POST", "/issue", Reply.of(429).header("X-RateLimit-Reset", "2026-11-22T10:01Z"));
    assertThatThrownBy(() -> router.route(ticket("m1").build()))
        .isInstanceOfSatisfying(
            RetryLaterException.class,
            later ->
                assertThat(later.when())
                    .isCloseTo(NOW.plusSeconds(60), within(1, ChronoUnit.SECONDS)));
    assertThat(jira.issues).isEmpty();
  }

  @Test
  void ourOwnLimitIsKeptToAndATryOfSeveralCallsWaitsForOneTurn() {
    JiraTicketRouter router =
        router(builder(jira).clock(clock).limit(new RateLimit(1, Duration.ofMinutes(1))));
    TicketRef ref = router.route(ticket("m1").build());
    Instant turn =
        catchThrowableOfType(
                RetryLaterException.class, () -> router.route(ticket("m2").build().followUp(ref)))
            .when();
    assertThat(turn).isAfter(NOW);
    clock.set(turn);
    router.route(ticket("m2").build().followUp(ref));

    assertThat(jira.only().comments).hasSize(1);
  }

  @Test
  void whatWasOnlyPutOffIsMadeAfterOneLook() {
    JiraTicketRouter router = router(builder(jira).clock(clock));
    Ticket first = ticket("m1").build();
    jira.failNext(Failure.RATE_LIMITED);
    assertThatThrownBy(() -> router.route(first)).isInstanceOf(RetryLaterException.class);
    TicketRef ref = router.route(first.asRepeated());
    Ticket second = ticket("m2").build().followUp(ref);
    jira.answerOnce("POST", "/comment", Reply.of(429).header("Retry-After", "1"));
    assertThatThrownBy(() -> router.route(second)).isInstanceOf(RetryLaterException.class);
    router.route(second.asRepeated());

    assertThat(jira.count("POST", "/search/jql")).isEqualTo(2);
    assertThat(jira.tickets()).hasSize(1);
    assertThat(jira.only().comments).hasSize(1);
  }

  @Test
  void wrongCredentialsKeepTicketsWaiting() {
    JiraTicketRouter router = router(builder(jira).basicAuth("me@x.example", "expired"));

    assertThatThrownBy(() -> router.route(ticket("m1").build()))
        .isInstanceOfSatisfying(
            RetryLaterException.class, later -> assertThat(later.countsAsAttempt()).isFalse())
        .hasMessageContaining("401");
  }

  @Test
  void bearerTokensAreAskedForEachTime() {
    List<String> tokens = new ArrayList<>(List.of("first", "second"));
    JiraTicketRouter router = router(builder(jira).bearerAuth(() -> tokens.remove(0)));
    for (String id : List.of("m1", "m2")) {
      assertThatThrownBy(() -> router.route(ticket(id).build()))
          .isInstanceOf(RetryLaterException.class);
    }
    assertThat(jira.calls())
        .extracting(call -> call.header("Authorization").orElse(""))
        .containsExactly("Bearer first", "Bearer second");
  }

  // ---- configuration

  @Test
  void whatCannotBeRightIsRefusedAtOnce() {
    for (String url :
        List.of(
            "x.atlassian.net",
            "http://x.atlassian.net",
            "https://me:secret@x.atlassian.net",
            "https://x.atlassian.net?a=b",
            "https://x.atlassian.net/rest/api/3",
            "https://api.atlassian.com",
            "")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> JiraTicketRouter.builder(url, "SUP"))
          .withMessageNotContaining("secret");
    }
    for (String project : List.of("", "sup", "S", "SUP-1")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> JiraTicketRouter.builder("https://x.atlassian.net", project));
    }
    JiraTicketRouter.Builder builder = JiraTicketRouter.builder("https://x.atlassian.net/", "SUP");
    assertThatIllegalArgumentException().isThrownBy(builder::build).withMessageContaining("basic");
    assertThatIllegalArgumentException().isThrownBy(() -> builder.basicAuth("", "x"));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.issueType(" "));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.siteUrl("desk"));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.indexLag(Duration.ofSeconds(-1)));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.callTimeout(Duration.ZERO));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.attachments((message, attachment) -> null, 0));
  }

  @Test
  void behindTheGatewayTheSiteIsNamed() {
    router(builder(jira).siteUrl("https://desk.atlassian.net/")).route(ticket("m1").build());
    assertThat(
            router(builder(jira).siteUrl("https://desk.atlassian.net/"))
                .route(ticket("m2").build())
                .url())
        .isEqualTo("https://desk.atlassian.net/browse/SUP-2");
    JiraTicketRouter.builder("https://api.atlassian.com/ex/jira/11223344-a1b2", "SUP")
        .bearerAuth(() -> "token")
        .build()
        .close();
  }

  // ---- tickets

  private static String key(JiraStandIn.Issue issue) {
    return Json.of(issue.properties.get(0)).object("value").stringOr("key", "");
  }

  /** As an inbox would: comes back when the router asks for it. */
  static TicketRef route(JiraTicketRouter router, Ticket ticket) {
    try {
      return new Patient(router).route(ticket);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  static Draft ticket(String id) {
    return new Draft(id);
  }

  static final class Draft {
    private final String id;
    private String subject = "It is broken";
    private String text = "Please help.\nIt smokes.\n\nThank you";
    private String excerpt = "Please help.";
    private Priority priority = Priority.HIGH;
    private MessageKind kind = MessageKind.HUMAN;
    private List<Attachment> attachments =
        List.of(new Attachment("a1", "log.txt", "text/plain", 1234, false));

    Draft(String id) {
      this.id = id;
    }

    Draft subject(String value) {
      subject = value;
      return this;
    }

    Draft text(String value) {
      text = value;
      return this;
    }

    Draft excerpt(String value) {
      excerpt = value;
      return this;
    }

    Draft priority(Priority value) {
      priority = value;
      return this;
    }

    Draft kind(MessageKind value) {
      kind = value;
      return this;
    }

    Draft attachments(Attachment... value) {
      attachments = List.of(value);
      return this;
    }

    Draft files(int count, long size) {
      attachments =
          IntStream.range(0, count)
              .mapToObj(i -> new Attachment("a" + i, "f" + i + ".bin", "", size, false))
              .toList();
      return this;
    }

    Draft file(String name, String type) {
      attachments = List.of(new Attachment("a", name, type, 6, false));
      return this;
    }

    Ticket build() {
      Instant received = NOW.minusSeconds(3600);
      Message message =
          Message.builder("g1", id)
              .subject(subject)
              .date(received)
              .attachments(attachments)
              .build();
      return new Ticket(
          id,
          "g1",
          "t1",
          subject,
          new EmailAddress("Ann", "ann@customer.example"),
          List.of(new EmailAddress("", "support@desk.example")),
          kind,
          false,
          "incidents",
          priority,
          Set.of("big customer"),
          "",
          received,
          excerpt,
          text,
          List.of(new Evidence("outages", "subject", "broken", "broken")),
          Ticket.idempotencyKey("g1", id),
          message,
          TicketRef.NONE,
          false,
          false);
    }
  }
}
