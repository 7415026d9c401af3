package io.github.nylaswebhook.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageTextTest {
  private static MessageText text(String body) {
    return MessageText.of(Message.builder("g", "m").body(body).build());
  }

  private static String body(String body) {
    return text(body).body();
  }

  @ParameterizedTest
  @MethodSource("markup")
  void htmlIsMadeTheTextThatAPersonSees(String html, String seen) {
    assertThat(body(html)).isEqualTo(seen);
  }

  static Stream<Arguments> markup() {
    return Stream.of(
        Arguments.of("<p>Hello</p>", "Hello"),
        Arguments.of("<div>one</div><div>two</div>", "one\ntwo"),
        Arguments.of("one<br>two<br/>three", "one\ntwo\nthree"),
        Arguments.of("<p>a <b>bold</b> word</p>", "a bold word"),
        Arguments.of("<p>3 &lt; 4 &amp;&nbsp;x &euro;</p>", "3 < 4 &\u00a0x €"),
        Arguments.of("<p>over\r\nlines</p>", "over  lines"),
        Arguments.of("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
        Arguments.of("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
        Arguments.of(
            "<html><head><title>no</title><style>p{}</style></head><body>yes</body>", "yes"),
        Arguments.of("<p>yes</p><script>no()</script>", "yes"),
        Arguments.of("<p>yes</p><div style=\"display:none\">no</div>", "yes"),
        Arguments.of("<p>yes</p><div style=\"color: red; display: none\">no</div>", "yes"),
        Arguments.of("<p>yes</p><span hidden>no</span>", "yes"),
        Arguments.of("<p>yes</p><!-- no -->", "yes"));
  }

  @Test
  void anAnswerBelowWhatItAnswersIsKept() {
    assertThat(body("On Mon, 16 Nov 2026, Desk wrote:\n> Which one?\n> This?\n\nThe second one."))
        .isEqualTo("The second one.");
  }

  @Test
  void aMailThatIsNothingButAForwardedOneKeepsItsText() {
    assertThat(body("---------- Forwarded message ----------\nFrom: Ann\n\nThe invoice is wrong."))
        .contains("The invoice is wrong.");
  }

  @ParameterizedTest
  @MethodSource("quotes")
  void quotesAndSignaturesAndFootersAreCut(String mail) {
    assertThat(body(mail)).isEqualTo("My own words");
  }

  static Stream<String> quotes() {
    return Stream.of(
        "<p>My own words</p><blockquote>yours</blockquote>",
        "<p>My own words</p><div class=\"gmail_quote\">On Monday <a>x</a> wrote: yours</div>",
        "<p>My own words</p><div class=\"gmail_signature\">Ann, Head of Things</div>",
        "<p>My own words</p><div class=\"moz-cite-prefix\">yours</div><blockquote>x</blockquote>",
        "<p>My own words</p><hr><div id=\"divRplyFwdMsg\">From: x</div><p>yours</p><p>more</p>",
        "<p>My own words</p><div id=\"appendonsend\"></div><p>yours</p>",
        "My own words\n> yours\n> and more",
        "My own words\n\nOn Mon, 1 Jan 2026 at 10:00, Ann <ann@x.example> wrote:\n> yours\nyours too",
        "My own words\n\nAm 1.1.2026 um 10:00 schrieb Ann <ann@x.example>:\nyours",
        "My own words\n\nLe lundi 1 janvier, Ann a écrit :\nyours",
        "My own words\n\nEl lunes, Ann escribió:\nyours",
        "My own words\n-----Original Message-----\nyours",
        "My own words\n---------- Forwarded message ----------\nyours",
        "My own words\n-----Ursprüngliche Nachricht-----\nyours",
        "My own words\n________________________________\nyours",
        "My own words\n\nFrom: Ann <ann@x.example>\nSent: Monday\nTo: me\nyours",
        "My own words\n\nVon: Ann <ann@x.example>\nGesendet: Montag\nyours",
        "My own words\n-- \nAnn, Head of Things",
        "My own words\n--\nAnn",
        "My own words\nSent from my iPhone",
        "My own words\nVon meinem iPhone gesendet",
        "My own words\n\nTo unsubscribe from this group, write to x",
        "My own words\n\nUnsubscribe | Preferences\nStreet 1",
        "My own words\nYou received this email because you signed up",
        "My own words\r\n> yours\r\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Unsubscribe me",
        "On the phone you wrote: nothing of the kind",
        "From: what I can tell it is down",
        "I saw -- and this is odd -- an error",
        "It was sent from my server at noon, and it broke\nagain",
        "3 > 2, as we know",
        "a < b and c > d"
      })
  void wordsOfTheirOwnStay(String mail) {
    assertThat(body(mail)).isEqualTo(mail);
  }

  @Test
  void anAnswerBelowAQuoteStays() {
    assertThat(body("> Does it work?\nNo, it is broken")).isEqualTo("No, it is broken");
  }

  @Test
  void footersStandAtTheEndOnly() {
    String mail = "Hello\nUnsubscribe does not work\n" + "line\n".repeat(20) + "Bye";
    assertThat(body(mail)).contains("Unsubscribe does not work").endsWith("Bye");
  }

  @Test
  void theSnippetStandsInForAMissingBody() {
    assertThat(
            MessageText.of(Message.builder("g", "m").body("  ").snippet("the snippet").build())
                .body())
        .isEqualTo("the snippet");
  }

  @Test
  void cleanedMarkdownIsNotTakenForHtml() {
    assertThat(
            MessageText.of(
                    Message.builder("g", "m").cleaned(true).body("Use the <div > element").build())
                .body())
        .isEqualTo("Use the <div > element");
  }

  @Test
  void theSubjectIsOneLine() {
    assertThat(
            MessageText.of(Message.builder("g", "m").subject("  a\r\n b\t c ").build()).subject())
        .isEqualTo("a b c");
  }

  @Test
  void foldingMakesCompatibleLettersAndCasesTheSame() {
    assertThat(MessageText.fold("ＵＲＧＥＮＴ ﬁx I\u0307")).isEqualTo(MessageText.fold("urgent fix İ"));
    assertThat(MessageText.fold("TITLE")).isEqualTo("title");
  }

  // ---- the excerpt

  @Test
  void anExcerptEndsWithAWord() {
    MessageText text = text("one two\nthree four");
    assertThat(text.excerpt(18)).isEqualTo("one two three four");
    assertThat(text.excerpt(17)).isEqualTo("one two three…");
    assertThat(text.excerpt(9)).isEqualTo("one two…");
  }

  @Test
  void anExcerptOfOneLongWordIsCutWithinIt() {
    assertThat(text("abcdefghij").excerpt(5)).isEqualTo("abcd…");
  }

  @Property
  void anExcerptIsNeverLongerThanAskedForAndBreaksNoCharacter(
      @ForAll @IntRange(min = -1, max = 40) int length,
      @ForAll @net.jqwik.api.From("texts") String body) {
    String excerpt = new MessageText("", body).excerpt(length);
    assertThat(excerpt).hasSizeLessThanOrEqualTo(Math.max(length, 0));
    assertThat(StandardCharsets.UTF_8.newEncoder().canEncode(excerpt)).isTrue();
  }

  @net.jqwik.api.Provide
  net.jqwik.api.Arbitrary<String> texts() {
    return net.jqwik.api.Arbitraries.of("a", " ", "\n", "word", "😀", "é", "🏳️‍🌈")
        .list()
        .ofMaxSize(60)
        .map(parts -> String.join("", parts));
  }

  // ---- the cost

  static Stream<Arguments> monsters() {
    int megabyte = 1 << 20;
    return Stream.of(
        Arguments.of("nested tags", "<div>".repeat(megabyte / 5)),
        Arguments.of("after an answer", "<p id=appendonsend></p>" + "<i></i>".repeat(megabyte / 7)),
        Arguments.of("hidden ones", "<p hidden>x</p>".repeat(megabyte / 15)),
        Arguments.of("nested formatting", "<b><i><p>".repeat(megabyte / 9)),
        Arguments.of("nested tables", "<table><tr><td>".repeat(megabyte / 15)),
        Arguments.of("nested quotes", "<blockquote>".repeat(megabyte / 12)),
        Arguments.of("nested anchors", "<a href=x>".repeat(megabyte / 10)),
        Arguments.of("unclosed tags", "<p>" + "<".repeat(megabyte)),
        Arguments.of("one attribute", "<p a=\"" + "x".repeat(megabyte)),
        Arguments.of("many attributes", "<p " + "a=b ".repeat(megabyte / 4) + ">x</p>"),
        Arguments.of("entities", "<p>" + "&amp;&#x;&".repeat(megabyte / 10)),
        Arguments.of("quoted lines", ">\n".repeat(megabyte / 2)),
        Arguments.of("deeply quoted", "> > > > > >\n".repeat(megabyte / 12)),
        Arguments.of("one word", "x".repeat(megabyte)),
        Arguments.of("spaces", " ".repeat(megabyte) + "x"),
        Arguments.of("blank lines", "\n".repeat(megabyte)),
        Arguments.of("almost a quote", "on on on wrote\n".repeat(megabyte / 15)),
        Arguments.of("almost a quote on one line", "on " + "wrote ".repeat(megabyte / 6)),
        Arguments.of("almost a header", "from: x\nnot a date: y\n".repeat(megabyte / 22)),
        Arguments.of("dashes", "-".repeat(megabyte)),
        Arguments.of("outlook", "<div id=divRplyFwdMsg>x</div>".repeat(megabyte / 29)),
        Arguments.of("combining marks", "e" + "\u0301".repeat(megabyte)),
        Arguments.of("expanding letters", "\ufdfa".repeat(megabyte)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("monsters")
  void aMegabyteOfAnythingIsReadInTime(String name, String mail) {
    assertTimeoutPreemptively(
        Duration.ofSeconds(5),
        () -> {
          MessageText text = text(mail);
          assertThat(text.excerpt(500)).hasSizeLessThanOrEqualTo(500);
          assertThat(MessageText.fold(text.body())).isNotNull();
        });
  }

  @Test
  void ofALongBodyTheBeginningCounts() {
    String body = "seen " + "x".repeat(MessageText.MAX_BODY) + " unseen";
    assertThat(body(body)).startsWith("seen").doesNotContain("unseen");
  }
}
