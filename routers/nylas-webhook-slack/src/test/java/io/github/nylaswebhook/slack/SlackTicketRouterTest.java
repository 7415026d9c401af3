package io.github.nylaswebhook.slack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.nylaswebhook.destination.DestinationRefusedException;
import io.github.nylaswebhook.filter.MessageKind;
import io.github.nylaswebhook.inbox.OutcomeUnknownException;
import io.github.nylaswebhook.inbox.PermanentException;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.internal.Json;
import io.github.nylaswebhook.message.Attachment;
import io.github.nylaswebhook.nylas.RateLimit;
import io.github.nylaswebhook.test.DestinationStandIn.Failure;
import io.github.nylaswebhook.test.SettableClock;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SlackTicketRouterTest {
  private static final String CHANNEL = "C0SUPPORT";

  private final SlackStandIn slack = new SlackStandIn();
  private final SettableClock clock = new SettableClock(Instant.now());
  private SlackTicketRouter router = options().build();

  @AfterEach
  void close() {
    router.close();
    slack.close();
  }

  private SlackTicketRouter.Builder options() {
    return options(SlackStandIn.TOKEN);
  }

  private SlackTicketRouter.Builder options(String token) {
    return SlackTicketRouter.builder(token, CHANNEL)
        .apiUrl(slack.url() + "/api/")
        .limitPerChannel(new RateLimit(100_000, Duration.ofSeconds(1)))
        .callTimeout(Duration.ofMillis(700))
        .clock(clock);
  }

  private void use(SlackTicketRouter.Builder builder) {
    router.close();
    router = builder.build();
  }

  /** As after a crash: nothing is remembered. */
  private void restart() {
    use(options().lookAgainAfter(Duration.ZERO));
  }

  // ---- what is posted

  @Test
  void aMessageCarriesTheKeyAndAsksSlackToLookForNothing() {
    Ticket ticket = Tickets.of("m1", "Subject <!channel>", "Text & <@U1>", MessageKind.HUMAN);
    TicketRef ref = router.route(ticket);
    Json sent = slack.last("chat.postMessage");
    assertThat(sent.object("metadata").object("event_payload").stringOr("id", ""))
        .isEqualTo(ticket.idempotencyKey());
    assertThat(sent.asMap().get("unfurl_links")).isEqualTo(false);
    assertThat(sent.asMap().get("unfurl_media")).isEqualTo(false);
    assertThat(sent.asMap().get("link_names")).isEqualTo(false);
    assertThat(sent.asMap().get("mrkdwn")).isEqualTo(false);
    assertThat(sent.stringOr("parse", "")).isEqualTo("none");
    assertThat(sent.asMap().toString())
        .contains("Subject &lt;!channel&gt;", "Text &amp; &lt;@U1&gt;", "ann@customer.example")
        .doesNotContain("<!channel>", "<@U1>");
    assertThat(ref).isEqualTo(TicketRef.of("slack", CHANNEL + ":" + slack.top().get(0).ts()));
    assertThat(slack.count("chat.postMessage")).isEqualTo(1);
    assertThat(slack.count("conversations.history")).isZero();
  }

  @Test
  void nameIconAndUrlAreAsConfigured() {
    use(
        options()
            .username("Support mail")
            .iconEmoji(":envelope:")
            .workspaceUrl("https://example.slack.com/"));
    TicketRef ref = router.route(Tickets.of("m1"));
    Json sent = slack.last("chat.postMessage");
    assertThat(sent.stringOr("username", "")).isEqualTo("Support mail");
    assertThat(sent.stringOr("icon_emoji", "")).isEqualTo(":envelope:");
    assertThat(ref.url())
        .isEqualTo(
            "https://example.slack.com/archives/C0SUPPORT/p"
                + slack.top().get(0).ts().replace(".", ""));
  }

  @Test
  void theChannelIsChosenByTicketAndFollowUpsStayWhereTheConversationIs() {
    use(
        SlackTicketRouter.builder(
                SlackStandIn.TOKEN, ticket -> ticket.subject().equals("a") ? "C0AAA" : "C0BBB")
            .apiUrl(slack.url() + "/api/"));
    TicketRef ref = router.route(Tickets.of("m1", "a", "x", MessageKind.HUMAN));
    router.route(Tickets.of("m2", "b", "x", MessageKind.HUMAN));
    router.route(Tickets.of("m3", "b", "x", MessageKind.HUMAN).followUp(ref));
    assertThat(slack.messages())
        .extracting(SlackStandIn.Posted::channel)
        .containsExactly("C0AAA", "C0BBB", "C0AAA");
  }

  @Test
  void longTextIsCutWithANotice() {
    router.route(Tickets.of("m1", "s", "word ".repeat(20_000), MessageKind.HUMAN));
    assertThat(slack.messages().get(0).arguments().asMap().toString())
        .contains("Cut here: the mail goes on for 92000 characters.");
  }

  @Test
  void whatSlackFindsTooLongIsSentShorter() {
    slack.maxText = 3_000;
    router.route(Tickets.of("m1", "s", "word ".repeat(20_000), MessageKind.HUMAN));
    assertThat(slack.messages()).hasSize(1);
    assertThat(slack.count("chat.postMessage")).isEqualTo(2);
  }

  // ---- threads

  @Test
  void furtherMailsAreRepliesAndNotesAreMarked() {
    TicketRef ref = router.route(Tickets.of("m1"));
    assertThat(router.route(Tickets.of("m2").followUp(ref))).isEqualTo(ref);
    Ticket away = Tickets.of("m3", "Away", "x", MessageKind.AUTO_REPLY).asNote().followUp(ref);
    Ticket bounce = Tickets.of("m4", "Fail", "x", MessageKind.BOUNCE).asNote().followUp(ref);
    assertThat(router.route(away)).isEqualTo(ref);
    assertThat(router.route(bounce)).isEqualTo(ref);
    List<SlackStandIn.Posted> replies = slack.replies(slack.top().get(0).ts());
    assertThat(replies).hasSize(3);
    assertThat(replies)
        .allMatch(reply -> Boolean.FALSE.equals(reply.arguments().asMap().get("reply_broadcast")));
    assertThat(replies.get(0).text()).startsWith("Further mail: ");
    assertThat(replies.get(1).text()).startsWith("Automatic reply: ");
    assertThat(replies.get(2).text()).startsWith("Delivery report (a mail could not be delivered");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aFurtherMailOfADeletedMessageIsANewOne(boolean refused) {
    slack.refusesOrphans = refused;
    TicketRef ref = router.route(Tickets.of("m1"));
    slack.delete(slack.top().get(0).ts());
    Ticket second = Tickets.of("m2").followUp(ref);
    TicketRef moved = router.route(second);
    assertThat(moved).isNotEqualTo(ref);
    assertThat(moved.id()).endsWith(slack.top().get(0).ts());
    restart();
    assertThat(router.route(second.asRepeated())).isEqualTo(moved);
    assertThat(slack.messages()).hasSize(1);
    router.route(Tickets.of("m3").followUp(moved));
    assertThat(slack.replies(slack.top().get(0).ts())).hasSize(1);
  }

  @Test
  void aNoteOnADeletedMessageIsPassedOver() {
    slack.refusesOrphans = true;
    TicketRef ref = router.route(Tickets.of("m1"));
    slack.delete(slack.top().get(0).ts());
    assertThat(router.route(Tickets.of("m2").asNote().followUp(ref))).isEqualTo(ref);
    assertThat(slack.messages()).isEmpty();
  }

  @Test
  void aParentThatIsNoneOfSlacksIsSaid() {
    assertThatThrownBy(() -> router.route(Tickets.of("m1").followUp(TicketRef.of("zendesk", "12"))))
        .isInstanceOf(PermanentException.class)
        .hasMessageContaining("12 is none of Slack's");
  }

  // ---- once

  @ParameterizedTest
  @ValueSource(
      strings = {"SILENT", "CUT_AFTER", "HALF_AN_ANSWER", "GATEWAY_TIMEOUT", "BROKEN_AFTER"})
  void whatWasPostedWithoutAnAnswerIsFoundAgain(String how) {
    Ticket ticket = Tickets.of("m1");
    slack.failNext(Failure.valueOf(how));
    assertThatThrownBy(() -> router.route(ticket)).isInstanceOf(OutcomeUnknownException.class);
    restart();
    TicketRef ref = router.route(ticket.asRepeated());
    assertThat(slack.messages()).hasSize(1);
    assertThat(ref.id()).isEqualTo(CHANNEL + ":" + slack.top().get(0).ts());
  }

  @Test
  void aReplyWithoutAnAnswerIsFoundAgain() {
    TicketRef ref = router.route(Tickets.of("m1"));
    slack.failNext(Failure.CUT_AFTER);
    Ticket second = Tickets.of("m2").followUp(ref);
    assertThatThrownBy(() -> router.route(second)).isInstanceOf(OutcomeUnknownException.class);
    restart();
    assertThat(router.route(second.asRepeated())).isEqualTo(ref);
    assertThat(slack.messages()).hasSize(2);
  }

  @Test
  void itIsFoundOnALaterPage() {
    Ticket ticket = Tickets.of("m1");
    router.route(ticket);
    slack.chatter(CHANNEL, 45);
    slack.page = 10;
    restart();
    router.route(ticket.asRepeated());
    assertThat(slack.count("conversations.history")).isEqualTo(5);
    assertThat(slack.top()).hasSize(46);
  }

  @Test
  void aLookThatIsInterruptedGoesOnWhereItWas() {
    Ticket ticket = Tickets.of("m1");
    router.route(ticket);
    slack.chatter(CHANNEL, 45);
    slack.page = 20;
    restart();
    List.of("", "", "ratelimited").forEach(answer -> slack.error("conversations.history", answer));
    assertThatThrownBy(() -> router.route(ticket.asRepeated()))
        .isInstanceOf(RetryLaterException.class);
    router.route(ticket.asRepeated());
    assertThat(slack.count("conversations.history")).isEqualTo(4);
    assertThat(slack.last("conversations.history").stringOr("cursor", "")).isEqualTo("40");
    assertThat(slack.top()).hasSize(46);
  }

  @Test
  void aLookWhosePlaceSlackHasForgottenBeginsAnew() {
    Ticket ticket = Tickets.of("m1");
    router.route(ticket);
    slack.chatter(CHANNEL, 45);
    slack.page = 20;
    restart();
    List.of("", "ratelimited", "invalid_cursor")
        .forEach(answer -> slack.error("conversations.history", answer));
    assertThatThrownBy(() -> router.route(ticket.asRepeated()))
        .isInstanceOf(RetryLaterException.class);
    router.route(ticket.asRepeated());
    assertThat(slack.top()).hasSize(46);
    assertThat(slack.count("conversations.history")).isEqualTo(6);
  }

  @Test
  void itIsFoundByItsBlockWhereMetadataIsNotShown() {
    Ticket ticket = Tickets.of("m1");
    TicketRef ref = router.route(ticket);
    slack.hidesMetadata = true;
    restart();
    assertThat(router.route(ticket.asRepeated())).isEqualTo(ref);
    assertThat(slack.messages()).hasSize(1);
  }

  @Test
  void whatIsNotSeenYetIsLookedForAgainBeforeItIsPosted() {
    Ticket ticket = Tickets.of("m1");
    slack.failNext(Failure.CUT_AFTER);
    assertThatThrownBy(() -> router.route(ticket)).isInstanceOf(OutcomeUnknownException.class);
    slack.unseen = 1;
    RetryLaterException wait =
        catchThrowableOfType(RetryLaterException.class, () -> router.route(ticket.asRepeated()));
    assertThat(wait.countsAsAttempt()).isFalse();
    assertThat(wait.when()).isEqualTo(clock.instant().plus(SlackTicketRouter.LOOK_AGAIN_AFTER));
    slack.unseen = 0;
    clock.set(wait.when());
    router.route(ticket.asRepeated());
    assertThat(slack.messages()).hasSize(1);
  }

  @Test
  void whatIsNotThereIsPostedAfterTheSecondLook() {
    Ticket ticket = Tickets.of("m1");
    slack.failNext(Failure.CUT_BEFORE);
    assertThatThrownBy(() -> router.route(ticket)).isInstanceOf(OutcomeUnknownException.class);
    assertThatThrownBy(() -> router.route(ticket.asRepeated()))
        .isInstanceOf(RetryLaterException.class);
    clock.advance(SlackTicketRouter.LOOK_AGAIN_AFTER);
    router.route(ticket.asRepeated());
    assertThat(slack.messages()).hasSize(1);
  }

  @Test
  void whatOnlyWaitedForItsTurnIsLookedForOnce() {
    use(options().limitPerChannel(new RateLimit(10, Duration.ofSeconds(10))));
    router.route(Tickets.of("m1"));
    Ticket second = Tickets.of("m2");
    RetryLaterException wait =
        catchThrowableOfType(RetryLaterException.class, () -> router.route(second));
    assertThat(wait.countsAsAttempt()).isFalse();
    // One turn of nine in ten seconds: the first ticket has paid for one, not two.
    assertThat(wait.when()).isBefore(clock.instant().plusMillis(1_500));
    assertThat(slack.count("chat.postMessage")).isEqualTo(1);
    clock.set(wait.when());
    router.route(second.asRepeated());
    assertThat(slack.messages()).hasSize(2);
    assertThat(slack.count("conversations.history")).isEqualTo(1);
  }

  @Test
  void channelsHaveTurnsOfTheirOwn() {
    use(
        SlackTicketRouter.builder(SlackStandIn.TOKEN, t -> "C0" + t.subject())
            .apiUrl(slack.url() + "/api/")
            .limitPerChannel(new RateLimit(1, Duration.ofHours(1))));
    router.route(Tickets.of("m1", "AAA", "x", MessageKind.HUMAN));
    router.route(Tickets.of("m2", "BBB", "x", MessageKind.HUMAN));
    assertThatThrownBy(() -> router.route(Tickets.of("m3", "AAA", "x", MessageKind.HUMAN)))
        .isInstanceOf(RetryLaterException.class);
  }

  @Test
  void theLookGoesNoFurtherBackThanTheMail() {
    router.route(Tickets.of("m1"));
    restart();
    Ticket ticket = Tickets.of("m2");
    router.route(ticket.asRepeated());
    String oldest = slack.last("conversations.history").stringOr("oldest", "");
    assertThat(oldest)
        .isEqualTo(ticket.receivedAt().minus(Duration.ofHours(1)).getEpochSecond() + ".000000");
    clock.advance(Duration.ofDays(30));
    router.route(Tickets.of("m3").asRepeated());
    assertThat(slack.last("conversations.history").stringOr("oldest", ""))
        .isEqualTo(clock.instant().minus(SlackTicketRouter.LOOK_BACK).getEpochSecond() + ".000000");
  }

  @Test
  void aHistoryThatMayNotBeReadIsAClearRefusal() {
    slack.mayRead = false;
    DestinationRefusedException refused =
        catchThrowableOfType(
            DestinationRefusedException.class, () -> router.route(Tickets.of("m1").asRepeated()));
    assertThat(refused).hasMessageContaining("missing_scope: add the scope");
    assertThat(refused).hasMessageContaining("needed: channels:history provided: chat:write");
    assertThat(slack.messages()).isEmpty();
  }

  // ---- Slack's errors

  @ParameterizedTest
  @ValueSource(
      strings = {
        "invalid_auth",
        "not_authed",
        "token_revoked",
        "token_expired",
        "account_inactive"
      })
  void aTokenThatIsRefusedWaitsUncounted(String error) {
    slack.error("chat.postMessage", error);
    RetryLaterException wait =
        catchThrowableOfType(RetryLaterException.class, () -> router.route(Tickets.of("m1")));
    assertThat(wait.countsAsAttempt()).isFalse();
    assertThat(wait.when()).isAfter(clock.instant());
    assertThat(wait).hasMessageContaining(error).hasMessageNotContaining(SlackStandIn.TOKEN);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"ratelimited", "rate_limited", "service_unavailable", "team_added_to_org"})
  void limitsAndOutagesWaitUncounted(String error) {
    slack.error("chat.postMessage", error);
    RetryLaterException wait =
        catchThrowableOfType(RetryLaterException.class, () -> router.route(Tickets.of("m1")));
    assertThat(wait.countsAsAttempt()).isFalse();
    assertThat(wait.when()).isAfter(clock.instant());
  }

  @Test
  void pausesGrowAsLongAsAnOutageLasts() {
    for (int i = 0; i < 20; i++) {
      slack.error("chat.postMessage", "service_unavailable");
      String id = "m" + i;
      RetryLaterException wait =
          catchThrowableOfType(RetryLaterException.class, () -> router.route(Tickets.of(id)));
      if (i == 0) {
        assertThat(wait.when()).isBefore(clock.instant().plusSeconds(3));
      }
      clock.set(wait.when());
    }
    slack.error("chat.postMessage", "service_unavailable");
    RetryLaterException last =
        catchThrowableOfType(RetryLaterException.class, () -> router.route(Tickets.of("last")));
    assertThat(last.when()).isAfter(clock.instant().plusSeconds(100));
  }

  @Test
  void tooManyRequestsWaitAsLongAsSlackSays() {
    slack.failNext(Failure.RATE_LIMITED);
    RetryLaterException wait =
        catchThrowableOfType(RetryLaterException.class, () -> router.route(Tickets.of("m1")));
    assertThat(wait.countsAsAttempt()).isFalse();
    assertThat(wait.when()).isBetween(clock.instant(), clock.instant().plusSeconds(2));
  }

  @Test
  void aRateLimitWithoutAPauseIsNoBusyLoop() {
    slack.failNext(Failure.RATE_LIMITED_NO_WAIT);
    RetryLaterException wait =
        catchThrowableOfType(RetryLaterException.class, () -> router.route(Tickets.of("m1")));
    assertThat(wait.when()).isAfter(clock.instant().plusMillis(400));
  }

  @ParameterizedTest
  @ValueSource(strings = {"internal_error", "fatal_error", "request_timeout"})
  void whatMayHaveBeenDoneIsUnknown(String error) {
    slack.error("chat.postMessage", error);
    assertThatThrownBy(() -> router.route(Tickets.of("m1")))
        .isInstanceOf(OutcomeUnknownException.class)
        .hasMessageContaining(error);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "channel_not_found",
        "not_in_channel",
        "is_archived",
        "no_text",
        "invalid_blocks",
        "restricted_action",
        "missing_scope",
        "something_new"
      })
  void otherErrorsArePermanentWithSlacksOwnWords(String error) {
    slack.error("chat.postMessage", error);
    DestinationRefusedException refused =
        catchThrowableOfType(
            DestinationRefusedException.class, () -> router.route(Tickets.of("m1")));
    String[] lines = refused.getMessage().split("\n", -1);
    assertThat(lines[0]).startsWith("slack answers chat.postMessage with " + error);
    assertThat(lines[1]).contains("[ERROR] about " + error);
    assertThat(slack.count("chat.postMessage")).isEqualTo(1);
  }

  @Test
  void anErrorThatIsNoNameStaysOutOfTheFirstLine() {
    slack.error("chat.postMessage", "Dear customer & <secret>");
    assertThatThrownBy(() -> router.route(Tickets.of("m1")))
        .isInstanceOf(DestinationRefusedException.class)
        .hasMessageStartingWith("slack answers chat.postMessage with no reason\n");
  }

  @Test
  void anArchivedChannelIsSaid() {
    use(SlackTicketRouter.builder(SlackStandIn.TOKEN, "CARCHIVED1").apiUrl(slack.url() + "/api"));
    assertThatThrownBy(() -> router.route(Tickets.of("m1")))
        .isInstanceOf(DestinationRefusedException.class)
        .hasMessageContaining("is_archived: the channel is archived");
  }

  // ---- attachments

  private static Attachment file(String name, long size) {
    return new Attachment(name, name, "text/plain", size, false);
  }

  @Test
  void attachmentsAreNamedAndNotBroughtUnlessAsked() {
    router.route(Tickets.with("m1", file("a<b>.txt", 2_048)));
    assertThat(slack.messages()).hasSize(1);
    assertThat(slack.messages().get(0).arguments().asMap().toString())
        .contains("Attachments: a&lt;b&gt;.txt (text/plain, 2 KB)");
  }

  @Test
  void attachmentsComeInTheThreadAtOnceOfTheirRealLength() {
    use(options().attachments((m, a) -> bytes("12345"), 1_000));
    Ticket ticket = Tickets.with("m1", file("a.txt", 3), file("b.txt", 5));
    router.route(ticket);
    List<SlackStandIn.Posted> replies = slack.replies(slack.top().get(0).ts());
    assertThat(replies).hasSize(1);
    assertThat(replies.get(0).arguments().list("files")).hasSize(2);
    assertThat(replies.get(0).text()).startsWith("Attachments of mail ").doesNotContain("only");
    assertThat(slack.last("files.getUploadURLExternal").stringOr("length", "")).isEqualTo("5");
  }

  @Test
  void attachmentsThatCannotBeBroughtAreNamedAndTheOthersCome() {
    use(
        options()
            .attachments(
                (m, a) -> {
                  if (a.filename().startsWith("gone")) {
                    throw new IOException("gone");
                  }
                  return bytes(a.filename().startsWith("liar") ? "x".repeat(2_000) : "ok");
                },
                1_000));
    router.route(
        Tickets.with(
            "m1",
            file("big.txt", 5_000),
            file("gone<x>.txt", 1),
            file("liar.txt", 1),
            file("good.txt", 2)));
    String text = slack.replies(slack.top().get(0).ts()).get(0).text();
    assertThat(text)
        .contains("in the mail only: ", "big.txt (too large)", "liar.txt (too large)")
        .contains("gone&lt;x&gt;.txt (not to be had)")
        .doesNotContain("good.txt");
  }

  @Test
  void nobodyElseCanReadAnAttachmentOnItsWayAndNothingIsLeftOfIt() throws IOException {
    Path place = Path.of(System.getProperty("java.io.tmpdir"));
    Set<Path> before = spooled(place);
    Set<PosixFilePermission> seen = EnumSet.noneOf(PosixFilePermission.class);
    List<Path> onTheirWay = new ArrayList<>();
    use(
        options()
            .attachments(
                (m, a) ->
                    new FilterInputStream(bytes("12345")) {
                      @Override
                      public int read(byte[] to, int offset, int length) throws IOException {
                        for (Path file : spooled(place)) {
                          if (!before.contains(file)) {
                            onTheirWay.add(file);
                            seen.addAll(Files.getPosixFilePermissions(file));
                          }
                        }
                        return super.read(to, offset, length);
                      }
                    },
                1_000));
    router.route(Tickets.with("m1", file("a.txt", 5)));
    assertThat(onTheirWay).isNotEmpty().allSatisfy(file -> assertThat(file).doesNotExist());
    assertThat(seen).containsOnly(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
  }

  private static Set<Path> spooled(Path place) throws IOException {
    Set<Path> files = new HashSet<>();
    try (DirectoryStream<Path> there = Files.newDirectoryStream(place, "slack-attachment*")) {
      there.forEach(files::add);
    }
    return files;
  }

  @Test
  void aSourceThatFailsInItsOwnWayDoesNotStopTheTicket() {
    use(
        options()
            .attachments(
                (m, a) -> {
                  throw new IllegalStateException("oops");
                },
                1_000));
    router.route(Tickets.with("m1", file("a.txt", 5)));
    assertThat(slack.replies(slack.top().get(0).ts()).get(0).text())
        .contains("in the mail only: a.txt (not to be had)");
  }

  @Test
  void attachmentsThatSlackRefusesAreNamedAndTheTicketGoesItsWay() {
    use(options().attachments((m, a) -> bytes("12345"), 1_000));
    slack.error("files.getUploadURLExternal", "missing_scope");
    TicketRef ref = router.route(Tickets.with("m1", file("a.txt", 5)));
    assertThat(ref.isNone()).isFalse();
    assertThat(slack.replies(slack.top().get(0).ts()).get(0).text())
        .contains("are in the mail only: a.txt (refused: missing_scope)");
    slack.error("files.completeUploadExternal", "posting_to_channel_denied");
    router.route(Tickets.with("m2", file("b.txt", 5)));
    assertThat(slack.replies(slack.top().get(1).ts()).get(0).text())
        .contains("b.txt (refused: posting_to_channel_denied)");
  }

  @Test
  void attachmentsAreNotBroughtTwice() {
    SlackTicketRouter.Builder options =
        options().attachments((m, a) -> bytes("12345"), 1_000).lookAgainAfter(Duration.ZERO);
    use(options);
    Ticket ticket = Tickets.with("m1", file("a.txt", 5));
    slack.error("files.completeUploadExternal", "service_unavailable");
    assertThatThrownBy(() -> router.route(ticket)).isInstanceOf(RetryLaterException.class);
    TicketRef ref = router.route(ticket.asRepeated());
    assertThat(slack.messages()).hasSize(2);
    use(options);
    assertThat(router.route(ticket.asRepeated())).isEqualTo(ref);
    assertThat(slack.messages()).hasSize(2);
    assertThat(slack.count("files.completeUploadExternal")).isEqualTo(2);
  }

  @Test
  void aSourceThatAsksForPatienceGetsItAndTheTicketIsNotDoubled() {
    boolean[] ready = new boolean[1];
    use(
        options()
            .lookAgainAfter(Duration.ZERO)
            .attachments(
                (m, a) -> {
                  if (!ready[0]) {
                    throw new RetryLaterException("later", clock.instant(), false);
                  }
                  return bytes("12345");
                },
                1_000));
    Ticket ticket = Tickets.with("m1", file("a.txt", 5));
    assertThatThrownBy(() -> router.route(ticket)).isInstanceOf(RetryLaterException.class);
    ready[0] = true;
    router.route(ticket.asRepeated());
    assertThat(slack.top()).hasSize(1);
    assertThat(slack.replies(slack.top().get(0).ts())).hasSize(1);
  }

  @Test
  void anAttachmentThatNeverComesDoesNotKeepTheMailForever() {
    use(
        options()
            .lookAgainAfter(Duration.ZERO)
            .attachments(
                (m, a) -> {
                  if (a.filename().equals("b.txt")) {
                    throw new RetryLaterException("later", clock.instant(), false);
                  }
                  return bytes("12345");
                },
                1_000));
    Ticket ticket = Tickets.with("m1", file("a.txt", 5), file("b.txt", 5));
    assertThatThrownBy(() -> router.route(ticket)).isInstanceOf(RetryLaterException.class);
    clock.advance(Duration.ofMinutes(9));
    assertThatThrownBy(() -> router.route(ticket.asRepeated()))
        .isInstanceOf(RetryLaterException.class);
    clock.advance(Duration.ofMinutes(2));
    router.route(ticket.asRepeated());
    assertThat(slack.top()).hasSize(1);
    assertThat(slack.replies(slack.top().get(0).ts()).get(0).text())
        .contains("in the mail only: b.txt (not to be had in time)")
        .doesNotContain("a.txt");
  }

  private static ByteArrayInputStream bytes(String text) {
    return new ByteArrayInputStream(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  // ---- configuration

  @Test
  void badConfigurationIsNamedAtOnce() {
    Map<String, Runnable> bad =
        Map.of(
            "#support",
            () -> SlackTicketRouter.builder("xoxb-1", "#support"),
            "The bot token is empty",
            () -> SlackTicketRouter.builder(" ", CHANNEL).build(),
            "The URL of Slack's API",
            () -> options().apiUrl("http://slack.com/api/").build(),
            "The workspace's URL",
            () -> options().workspaceUrl("example.slack.com").build(),
            "lookBack",
            () -> options().lookBack(Duration.ZERO).build(),
            "lookAgainAfter",
            () -> options().lookAgainAfter(Duration.ofSeconds(-1)).build(),
            "at most 0 bytes",
            () -> options().attachments((m, a) -> bytes(""), 0).build(),
            "not both",
            () -> options().iconEmoji(":x:").iconUrl("https://x.example/x.png").build());
    bad.forEach(
        (words, run) ->
            assertThatIllegalArgumentException().isThrownBy(run::run).withMessageContaining(words));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SlackTicketRouter.builder("xoxb-\nsecret", CHANNEL).build())
        .withMessageNotContaining("secret");
  }

  @Test
  void aChosenChannelThatIsNoneIsPermanent() {
    use(
        SlackTicketRouter.builder(SlackStandIn.TOKEN, ticket -> "support")
            .apiUrl(slack.url() + "/api/"));
    assertThatThrownBy(() -> router.route(Tickets.of("m1")))
        .isInstanceOf(PermanentException.class)
        .hasMessageContaining("Not the id of a Slack channel");
  }
}
