package io.github.nylaswebhook.ticket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.nylaswebhook.LogCapture;
import io.github.nylaswebhook.categorize.Classification;
import io.github.nylaswebhook.categorize.Priority;
import io.github.nylaswebhook.filter.MessageKind;
import io.github.nylaswebhook.message.EmailAddress;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageText;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class TicketRouterTest {
  private static Ticket ticket(String category) {
    Message message =
        Message.builder("g", "m")
            .subject("a private subject")
            .body("a private body")
            .from("c@x.example")
            .to(List.of(new EmailAddress("", "to@x.example")))
            .cc(List.of(new EmailAddress("", "cc@x.example")))
            .bcc(List.of(new EmailAddress("", "bcc@x.example")))
            .build();
    return Ticket.of(
        message,
        MessageText.of(message),
        MessageKind.HUMAN,
        false,
        new Classification(category, Priority.LOW, Set.of("tag"), "way of " + category, List.of()),
        Instant.EPOCH);
  }

  private static TicketRouter to(String destination) {
    TicketRouter router = ticket -> TicketRef.of(destination, "1");
    return router.named(destination);
  }

  private static List<String> targets(TicketRouter router, String category) {
    return router.targets(ticket(category)).stream().map(TicketRouter::destination).toList();
  }

  @Example
  void aCombinatorUnderAnotherNameKeepsItsTargetsApart() {
    TicketRouter both = TicketRouter.allOf(to("a"), to("b")).named("both");
    assertThat(targets(both, "bugs")).containsExactly("both/a", "both/b");
    assertThat(targets(to("a").named("c"), "bugs")).containsExactly("c");
    // Choices have no names, under conditions neither.
    TicketRouter choices =
        TicketRouter.allOf(
            TicketRouter.firstOf(to("a")).when(ticket -> true),
            TicketRouter.firstOf(to("b")).when(ticket -> true));
    assertThat(targets(choices, "bugs")).containsExactly("a", "b");
  }

  @Example
  void byCategoryChoosesTheCategorysOrTheOther() throws Exception {
    TicketRouter router =
        TicketRouter.byCategory(Map.of("bugs", to("jira"), "billing", to("zendesk")), to("slack"));
    assertThat(targets(router, "bugs")).containsExactly("jira");
    assertThat(targets(router, "billing")).containsExactly("zendesk");
    assertThat(targets(router, "general")).containsExactly("slack");
    assertThat(router.route(ticket("bugs"))).isEqualTo(TicketRef.of("jira", "1"));
  }

  @Example
  void byRouteChoosesWhatTheRulesChose() {
    TicketRouter router = TicketRouter.byRoute(Map.of("way of bugs", to("jira")), to("slack"));
    assertThat(ticket("bugs").route()).isEqualTo("way of bugs");
    assertThat(targets(router, "bugs")).containsExactly("jira");
    assertThat(targets(router, "billing")).containsExactly("slack");
  }

  @Example
  void firstOfChoosesTheFirstThatAccepts() throws Exception {
    TicketRouter router =
        TicketRouter.firstOf(
            to("a").when(ticket -> ticket.category().equals("x")),
            to("b").when(ticket -> !ticket.category().equals("z")),
            to("c").when(ticket -> ticket.category().equals("y")));
    assertThat(targets(router, "x")).containsExactly("a");
    assertThat(targets(router, "y")).containsExactly("b");
    assertThat(targets(router, "z")).isEmpty();
    assertThat(router.accepts(ticket("z"))).isFalse();
    assertThat(router.accepts(ticket("x"))).isTrue();
    assertThatThrownBy(() -> router.route(ticket("z")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Example
  void allOfChoosesAllThatAccept() throws Exception {
    TicketRouter router =
        TicketRouter.allOf(
            to("a"),
            to("b").when(ticket -> ticket.category().equals("x")),
            TicketRouter.firstOf(to("c"), to("d")));
    assertThat(targets(router, "x")).containsExactly("a", "b", "c");
    assertThat(targets(router, "y")).containsExactly("a", "c");
    assertThat(router.route(ticket("y"))).isEqualTo(TicketRef.of("a", "1"));
  }

  @Example
  void combinatorsNest() {
    TicketRouter router =
        TicketRouter.allOf(
            TicketRouter.byCategory(Map.of("x", TicketRouter.allOf(to("a"), to("b"))), to("c")),
            to("d"));
    assertThat(targets(router, "x")).containsExactly("a", "b", "d");
    assertThat(targets(router, "y")).containsExactly("c", "d");
    assertThat(targets(router.when(ticket -> ticket.category().equals("x")), "y")).isEmpty();
  }

  @Example
  void twoOfTheSameNameAreRefused() {
    TicketRouter one = ticket -> TicketRef.of("desk", "1");
    TicketRouter other = ticket -> TicketRef.of("desk", "2");
    assertThatThrownBy(() -> TicketRouter.allOf(one, other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"router\"")
        .hasMessageContaining("named");
    assertThat(targets(TicketRouter.allOf(one, other.named("other")), "x"))
        .containsExactly("router", "other");
    assertThatThrownBy(() -> TicketRouter.allOf(to("a"), to("a").when(ticket -> false)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Example
  void anotherNameAndATestLeaveWhatARouterAccepts() throws Exception {
    TicketRouter picky =
        new TicketRouter() {
          @Override
          public TicketRef route(Ticket ticket) {
            return TicketRef.of("picky", ticket.category());
          }

          @Override
          public String destination() {
            return "picky";
          }

          @Override
          public boolean accepts(Ticket ticket) {
            return ticket.category().equals("x");
          }
        };
    assertThat(targets(picky, "x")).containsExactly("picky");
    assertThat(targets(picky, "y")).isEmpty();
    assertThat(targets(picky.named("n"), "x")).containsExactly("n");
    assertThat(targets(picky.named("n"), "y")).isEmpty();
    assertThat(targets(picky.when(ticket -> true), "y")).isEmpty();
    assertThat(picky.when(ticket -> true).accepts(ticket("y"))).isFalse();
    assertThat(picky.when(ticket -> false).accepts(ticket("x"))).isFalse();
    assertThat(picky.named("n").route(ticket("x")).id()).isEqualTo("x");
    assertThat(picky.when(ticket -> true).destination()).isEqualTo("picky");
  }

  @Example
  void theLoggingRouterLogsIdsAndNoContent() throws Exception {
    try (LogCapture log = LogCapture.info()) {
      TicketRef ref = TicketRouter.logging().route(ticket("bugs"));
      assertThat(ref.destination()).isEqualTo("log");
      assertThat(ref.id()).isEqualTo(ticket("bugs").idempotencyKey());
      assertThat(log.lines())
          .singleElement()
          .asString()
          .contains("bugs", "low", "m", "g")
          .doesNotContain("private");
    }
  }

  @Example
  void aTicketNamesAllAddressees() {
    assertThat(ticket("x").recipients())
        .extracting(EmailAddress::email)
        .containsExactly("to@x.example", "cc@x.example", "bcc@x.example");
    assertThat(ticket("x").from().email()).isEqualTo("c@x.example");
    assertThat(ticket("x").excerpt()).isEqualTo("a private body");
  }

  @Example
  void theIdempotencyKeyNeverChanges() {
    // SHA-256 of "g\nm", by sha256sum: a destination may remember it for years.
    assertThat(Ticket.idempotencyKey("g", "m"))
        .isEqualTo("bd6ed7f0f0c70cd3ed27aa8281fd9f3f853bdc61894f66e96b8a654a90bf1a0f");
    assertThat(ticket("x").idempotencyKey()).isEqualTo(Ticket.idempotencyKey("g", "m"));
    assertThat(ticket("y").idempotencyKey()).isEqualTo(ticket("x").idempotencyKey());
  }

  @Property
  void differentMessagesHaveDifferentKeys(
      @ForAll @net.jqwik.api.constraints.AlphaChars String grant,
      @ForAll @net.jqwik.api.constraints.AlphaChars String message,
      @ForAll @net.jqwik.api.constraints.AlphaChars String otherGrant,
      @ForAll @net.jqwik.api.constraints.AlphaChars String otherMessage) {
    boolean same = grant.equals(otherGrant) && message.equals(otherMessage);
    assertThat(
            Ticket.idempotencyKey(grant, message)
                .equals(Ticket.idempotencyKey(otherGrant, otherMessage)))
        .isEqualTo(same);
  }

  @Example
  void theBoundaryBetweenGrantAndMessageCounts() {
    assertThat(Ticket.idempotencyKey("ab", "c")).isNotEqualTo(Ticket.idempotencyKey("a", "bc"));
    assertThat(Ticket.idempotencyKey("", "abc")).isNotEqualTo(Ticket.idempotencyKey("abc", ""));
  }
}
