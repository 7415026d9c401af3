package io.github.nylaswebhook.zendesk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.github.nylaswebhook.categorize.Classification;
import io.github.nylaswebhook.categorize.Priority;
import io.github.nylaswebhook.filter.MessageKind;
import io.github.nylaswebhook.message.EmailAddress;
import io.github.nylaswebhook.message.MessageText;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.zendesk.Attachments.Listed;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommentTest {
  private static String text(String text) {
    return Comment.html(Tickets.saying(text), List.of(), List.of(), false);
  }

  private static String html(String body) {
    return Comment.html(Tickets.of(Tickets.mail("m").body(body)), List.of(), List.of(), true);
  }

  @Test
  void isTheTextAsItStandsThere() {
    assertThat(text("a < b && \"c\" > d\n  at Foo.bar(Foo.java)\n# no heading *at all*"))
        .isEqualTo(
            "a &lt; b &amp;&amp; &quot;c&quot; &gt; d<br>&nbsp;&nbsp;at Foo.bar(Foo.java)"
                + "<br># no heading *at all*");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "ü", "日", "\uD83D\uDE00", "<", "\n.", "  ", "&"})
  void isCutWithANoticeWithoutBreakingACharacter(String unit) {
    String cut =
        Comment.html(
            Tickets.saying("x" + unit.repeat(100_000) + "x"),
            List.of("a line before"),
            Collections.nCopies(100, new Listed("ü\"<>&".repeat(100), 1, "too large")),
            false);
    assertThat(cut.getBytes(UTF_8).length).isBetween(15_000, Comment.MAX_BYTES);
    assertThat(cut).contains("[Cut off here").contains("a line before").contains("and 70 more");
    assertThat(cut.replaceAll("&(amp|lt|gt|quot|nbsp);|<br>", "")).doesNotContain("&", "<");
    assertThat(new String(cut.getBytes(UTF_8), UTF_8)).isEqualTo(cut);
  }

  @Test
  void isNotCutWhereItJustFits() {
    String fits = "x".repeat(Comment.MAX_BYTES);
    assertThat(text(fits)).isEqualTo(fits);
    assertThat(text(fits + "x")).hasSizeLessThanOrEqualTo(Comment.MAX_BYTES).contains("[Cut off");
  }

  @Test
  void isNeverEmpty() {
    assertThat(text("")).isEqualTo("(no text)");
    assertThat(html("<img src=x>")).isEqualTo("(no text)");
  }

  @Test
  void hasNoControlCharactersAndNoHalves() {
    assertThat(text("a\u0000b\u0007c\uD83Dd\uDE00e\u0085f")).isEqualTo("abcdef");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{{ticket.id}}", "{{{x}}}", "{{{{x}}}}", "{% if %}", "{{% x"})
  void hasNoPlaceholders(String text) {
    assertThat(text(text)).doesNotContain("{{", "{%");
    assertThat(html("<p>" + text + "</p>")).doesNotContain("{{", "{%");
    assertThat(Comment.subject(Tickets.of(Tickets.mail("m").subject(text))))
        .doesNotContain("{{", "{%");
  }

  @Test
  void isTheSafePartOfTheHtml() {
    assertThat(
            html(
                "<p onclick=\"x()\">Hello <b>you</b><script>alert(1)</script>"
                    + "<img src=\"https://tracker.example/1.gif\">"
                    + "<a href=\"javascript:x()\">j</a><a href=\"https://a.example/\">a</a></p>"))
        .isEqualTo("<p>Hello <b>you</b><a>j</a><a href=\"https://a.example/\">a</a></p>");
  }

  @Test
  void isTheTextWhereTheHtmlIsTooLong() {
    assertThat(html("<p>begin</p>" + "<b>x</b>".repeat(10_000))).startsWith("begin<br>xxx");
    assertThat(html("<p>begin</p>" + "<b>x</b>".repeat(70_000)))
        .startsWith("begin<br>xxx")
        .contains("[Cut off");
    assertThat(html("<p>begin</p>" + "<b>x</b>".repeat(90_000))).startsWith("begin<br>xxx");
    assertThat(html("no <html> at all? 1 < 2")).isNotEmpty();
  }

  @Test
  void namesAttachmentsWithTheirSizes() {
    assertThat(
            Comment.html(
                Tickets.of(Tickets.mail("m").body("x")),
                List.of(),
                List.of(
                    new Listed("a.txt", 999, ""),
                    new Listed("b\n<b>.png", 1_999, "too large"),
                    new Listed("c.pdf", 12_345_678, "")),
                false))
        .isEqualTo(
            "x<br><br>Attachments:<br>- a.txt (999 B)<br>- b &lt;b&gt;.png (1 kB; too large)"
                + "<br>- c.pdf (12 MB)");
  }

  @Test
  void subjectsAreOneLineAndNeverEmpty() {
    assertThat(Comment.subject(Tickets.of(Tickets.mail("m").subject(" \u0000\n "))))
        .isEqualTo("(no subject)");
    Ticket raw = Tickets.of(Tickets.mail("m").subject("a\r\n\t\u2028b"));
    assertThat(Comment.subject(raw)).isEqualTo("a b");
    assertThat(Comment.about(raw)).isEmpty();
  }

  @Test
  void longSubjectsStandInTheCommentAsAWhole() {
    String longest = "\uD83D\uDE00".repeat(Comment.MAX_SUBJECT);
    assertThat(Comment.subject(Tickets.of(Tickets.mail("m").subject(longest)))).isEqualTo(longest);
    Ticket longer = Tickets.of(Tickets.mail("m").subject(longest + "!"));
    assertThat(Comment.subject(longer)).endsWith("\uD83D\uDE00…").hasSize(299);
    assertThat(Comment.about(longer)).containsExactly("Subject: " + longest + "!");
  }

  @Test
  void replyToIsNamedWhereItIsAnother() {
    assertThat(
            Comment.about(
                Tickets.of(
                    Tickets.mail("m")
                        .replyTo(
                            List.of(
                                new EmailAddress("", " ann@EXAMPLE.com"),
                                new EmailAddress("Eve", "eve@example.org"))))))
        .containsExactly("Reply-To: Eve <eve@example.org>");
  }

  @Test
  void htmlOfTagsThatNeverEndCostsNoTime() {
    Ticket hostile =
        Ticket.of(
            Tickets.mail("m").body("<a".repeat(299_000)).build(),
            new MessageText("subject", "text"),
            MessageKind.HUMAN,
            false,
            new Classification("c", Priority.LOW, Set.of(), List.of()),
            Tickets.NOW);
    assertTimeoutPreemptively(
        Duration.ofSeconds(5), () -> Comment.html(hostile, List.of(), List.of(), true));
  }
}
