package io.github.nylaswebhook.slack;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.nylaswebhook.filter.MessageKind;
import io.github.nylaswebhook.internal.Json;
import io.github.nylaswebhook.message.Attachment;
import io.github.nylaswebhook.message.EmailAddress;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Nothing that strangers wrote does anything in Slack, and everything fits. */
final class SlackTextTest {
  private static final List<String> NASTY =
      List.of(
          "<!channel>",
          "<!here|x>",
          "<@U012AB3CD>",
          "<#C012AB3CD|x>",
          "<https://evil|bank>",
          "&lt;",
          "&",
          "<",
          ">",
          "@channel",
          "*b*",
          "_i_",
          "~s~",
          "`c`",
          "```",
          "\n> q",
          "\u0000",
          "\u001b[31m",
          "\u202e",
          "\u2067",
          "\ud83d\ude00",
          "\ud83d",
          "\ude00",
          ":smile:",
          "\r\n",
          "\t",
          "é",
          "漢",
          " ",
          "x".repeat(200));

  @Test
  void escapesWhatSlackParses() {
    assertThat(SlackText.escape("<!channel> & <@U1>", 100))
        .isEqualTo("&lt;!channel&gt; &amp; &lt;@U1&gt;");
  }

  @Test
  void dropsWhatControlsAndTurns() {
    assertThat(SlackText.escape("a\u0000b\u001b\u202ec\u2066\ud83dd\n\te", 100))
        .isEqualTo("abc\uFFFDd\n\te");
  }

  @Test
  void cutsBetweenCharactersAndEntities() {
    assertThat(SlackText.escape("ab<cd", 6)).isEqualTo("ab…");
    assertThat(SlackText.escape("ab<", 6)).isEqualTo("ab&lt;");
    assertThat(SlackText.escape("\ud83d\ude00\ud83d\ude00", 3)).isEqualTo("\ud83d\ude00…");
    assertThat(SlackText.escape("abc", 3)).isEqualTo("abc");
    assertThat(SlackText.escape("abcd", 3)).isEqualTo("ab…");
  }

  @Test
  void piecesEndAtLines() {
    SlackText.Pieces pieces = SlackText.pieces("aaaaaa\nbbbbbb\ncc", 10, 100);
    assertThat(pieces.pieces()).containsExactly("aaaaaa\n", "bbbbbb\ncc");
    assertThat(pieces.left()).isZero();
  }

  @Test
  void piecesStopAtTheTotalAndSaySo() {
    SlackText.Pieces pieces = SlackText.pieces("x".repeat(50), 10, 25);
    assertThat(pieces.pieces()).containsExactly("x".repeat(10), "x".repeat(10), "x".repeat(5));
    assertThat(pieces.left()).isEqualTo(25);
  }

  @Test
  void piecesLoseNothing() {
    Random random = new Random(1);
    for (int i = 0; i < 2_000; i++) {
      String text = nasty(random, 40);
      String whole = SlackText.escape(text, 1_000_000);
      SlackText.Pieces pieces = SlackText.pieces(text, 100, 1_000_000);
      assertThat(pieces.pieces()).allMatch(piece -> piece.length() <= 100);
      assertThat(String.join("", pieces.pieces()).replaceAll("\\s", ""))
          .isEqualTo(whole.replaceAll("\\s", ""));
    }
  }

  @Test
  void whateverIsWrittenIsPlainEscapedAndFits() {
    Random random = new Random(20_261_122);
    for (int i = 0; i < 2_000; i++) {
      Ticket ticket =
          Tickets.of(
              "m" + i,
              nasty(random, 30),
              nasty(random, 300),
              MessageKind.HUMAN,
              new EmailAddress(nasty(random, 5), nasty(random, 5)),
              nasty(random, 5),
              List.of(
                  new Attachment("1", nasty(random, 5), nasty(random, 5), 5_000, false),
                  new Attachment("2", nasty(random, 5), "", 5, false)));
      if (i % 3 == 1) {
        ticket = ticket.followUp(TicketRef.of("slack", "C1:1.1"));
      }
      check(SlackMessage.of(i % 2 == 0 ? ticket : ticket.asNote(), SlackMessage.MAX_TEXT, ""));
    }
  }

  @Test
  void twoHundredRecipientsAndAHundredAttachmentsFit() {
    List<Attachment> many =
        java.util.stream.IntStream.range(0, 100)
            .mapToObj(n -> new Attachment("" + n, "f<>&".repeat(50) + n, "a/b; c=d", n, false))
            .toList();
    Ticket ticket =
        Tickets.of(
            "m",
            "s",
            "<".repeat(300_000),
            MessageKind.BULK,
            new EmailAddress("<".repeat(5_000), "a@b"),
            "c".repeat(9_000),
            many);
    SlackMessage message = SlackMessage.of(ticket, SlackMessage.MAX_TEXT, "");
    check(message);
    assertThat(message.toString()).contains("and 85 more").contains("Cut here: the mail goes on");
  }

  private static void check(SlackMessage message) {
    assertThat(message.text()).isNotBlank().hasSizeLessThanOrEqualTo(4_000);
    assertHarmless(message.text());
    assertThat(message.blocks()).hasSizeLessThanOrEqualTo(SlackMessage.MAX_BLOCKS);
    int total = 0;
    for (Object block : message.blocks()) {
      Json json = Json.of(block);
      List<Json> texts = SlackStandIn.texts(json);
      assertThat(texts).hasSizeBetween(1, 10);
      for (Json text : texts) {
        String said = text.stringOr("text", "");
        total += said.length();
        assertThat(said)
            .isNotBlank()
            .hasSizeLessThanOrEqualTo(json.stringOr("type", "").equals("header") ? 150 : 3_000);
        if (text.stringOr("type", "").equals("mrkdwn")) {
          // The only formatted text is a time, in which nobody else has a word.
          assertThat(said)
              .matches("<!date\\^\\d+\\^\\{date_short_pretty}, \\{time}\\|[0-9TZ.:+-]+>");
          assertThat(text.bool("verbatim")).isTrue();
        } else {
          assertThat(text.stringOr("type", "")).isEqualTo("plain_text");
          assertThat(text.asMap().get("emoji")).isEqualTo(false);
          assertHarmless(said);
        }
      }
    }
    assertThat(total).isLessThan(11_300);
  }

  @Test
  void whatIsALineToUnicodeIsNoLineOfOurs() {
    assertThat(SlackText.line("a\u2028From: boss\u2029b\u0085c\u00a0d", 100))
        .isEqualTo("a From: boss bc d");
  }

  private static void assertHarmless(String text) {
    assertThat(text.replaceAll("&(amp|lt|gt);", "")).doesNotContain("<", ">", "&");
    assertThat(text.codePoints())
        .noneMatch(
            c ->
                (Character.isISOControl(c) && c != '\n' && c != '\t')
                    || c == 0x202E
                    || c == 0x2067
                    || Character.getType(c) == Character.SURROGATE);
  }

  private static String nasty(Random random, int most) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(most + 1); i > 0; i--) {
      text.append(NASTY.get(random.nextInt(NASTY.size())));
    }
    return text.toString();
  }
}
