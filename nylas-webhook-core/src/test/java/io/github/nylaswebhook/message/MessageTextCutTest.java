package io.github.nylaswebhook.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.github.nylaswebhook.message.MessageText.Cut;
import io.github.nylaswebhook.message.MessageText.Cut.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Signatures, footers, addresses; and what holds for any text. */
class MessageTextCutTest {
  private static final String OWN = "The lamp is broken.\nPlease send another.";

  private static MessageText text(String body) {
    return MessageText.of(Message.builder("g", "m").body(body).build());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Sent from my iPhone",
        "Sent from my Samsung Galaxy smartphone.",
        "Sent from my phone, please excuse any typos that I have made here",
        "Sent from Yahoo Mail for iPhone",
        "Sent with Proton Mail secure email.",
        "Get Outlook for iOS<https://aka.ms/o0ukef>",
        "Von meinem iPhone gesendet",
        "Gesendet von Outlook für Android",
        "Envoyé de mon iPhone",
        "Télécharger Outlook pour Android",
        "Enviado desde mi iPhone",
        "Enviado do meu iPhone",
        "Inviato da iPhone",
        "Verstuurd vanaf mijn iPhone",
        "Skickat från min iPhone",
        "Sendt fra min iPhone",
        "Lähetetty iPhonesta",
        "Wysłane z iPhone’a",
        "Odesláno z iPhonu",
        "Отправлено с iPhone",
        "iPhone'umdan gönderildi",
        "iPhoneから送信",
        "나의 iPhone에서 보냄",
        "发自我的 iPhone",
        "從我的 iPhone 傳送"
      })
  void theSignaturesOfMailersAreCut(String line) {
    MessageText text = text(OWN + "\n\n" + line + "\n");
    assertThat(text).isEqualTo(new MessageText("", OWN, List.of(new Cut(Kind.SIGNATURE, line))));
    assertThat(text(OWN + "\n" + line + "\nAnd one more thing.").body())
        .endsWith("And one more thing.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Sent from my desk, which is much easier than my phone, to you.",
        "Enviado desde Madrid el paquete que nunca me llegó a casa ayer",
        "From my point of view it is broken",
        "Please don't unsubscribe me, I want the news",
        "This email address is wrong",
        "--- and that is all ---"
      })
  void sentencesThatOnlyLookLikeSignaturesOrFootersStay(String line) {
    assertThat(text(OWN + "\n" + line)).isEqualTo(new MessageText("", OWN + "\n" + line));
  }

  @Test
  void whatCustomersWantOfAListStays() {
    assertThat(text("Hi,\nUnsubscribe").body()).isEqualTo("Hi,\nUnsubscribe");
    assertThat(text("Hi,\nunsubscribe me from everything").cuts()).isEmpty();
    assertThat(text("Guten Tag,\nAbmelden\nDanke").cuts()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Unsubscribe | Preferences",
        "Unsubscribe <https://list.example/u>",
        "To unsubscribe from this group, write to u@list.example",
        "You received this message because you are subscribed",
        "This email and any attachments are confidential and intended solely for the addressee.",
        "CONFIDENTIALITY NOTICE: this is for you alone",
        "Diese E-Mail enthält vertrauliche Informationen.",
        "Ce message et toutes les pièces jointes sont confidentiels.",
        "Este mensaje y sus archivos adjuntos son confidenciales.",
        "Esta mensagem pode conter informações confidenciais.",
        "Le informazioni contenute in questa comunicazione sono riservate.",
        "Dit bericht en de bijlagen zijn vertrouwelijk.",
        "Detta meddelande är konfidentiellt.",
        "Denne e-mail og vedhæftede filer er fortrolige.",
        "Denne e-posten og vedlegg er konfidensielle.",
        "Tämä viesti ja sen liitteet ovat luottamuksellisia.",
        "Niniejsza wiadomość jest poufna.",
        "Tato zpráva je důvěrná.",
        "Настоящее сообщение и приложения конфиденциальны.",
        "Bu e-posta mesajı ve ekleri gizlidir.",
        "このメールには機密情報が含まれています。",
        "이 메일은 기밀 정보를 담고 있습니다.",
        "本邮件及其附件含有保密信息。",
        "本電子郵件及附件均屬機密。"
      })
  void footersAreCut(String line) {
    assertThat(text(OWN + "\n\n" + line + "\nmore of it"))
        .isEqualTo(new MessageText("", OWN, List.of(new Cut(Kind.FOOTER, line + "\nmore of it"))));
    assertThat(text(line).body()).isEqualTo(line);
    assertThat(text(OWN + "\n" + line + " And so on.".repeat(60)).body()).isEqualTo(OWN);
  }

  @Test
  void aFooterOfMailmanIsCut() {
    String footer = "_".repeat(47) + "\nlamps mailing list\nlamps@list.example";
    assertThat(text(OWN + "\n" + footer).cuts()).containsExactly(new Cut(Kind.FOOTER, footer));
    String long47 = OWN + "\n" + "_".repeat(47) + "\n" + "A line of the sender's.\n".repeat(20);
    assertThat(text(long47).cuts()).isEmpty();
  }

  @Test
  void aSignatureEndsWhereAQuoteBegins() {
    MessageText text = text("-- \nAnn\n> Which lamp?\n\n" + OWN);
    assertThat(text.body()).isEqualTo(OWN);
    assertThat(text.cuts())
        .containsExactly(new Cut(Kind.SIGNATURE, "--\nAnn"), new Cut(Kind.QUOTE, "> Which lamp?"));
  }

  @Test
  void whatIsSignedWithMuchTextIsText() {
    String mail = OWN + "\n--\n" + "Another line of mine\n".repeat(60);
    assertThat(text(mail).cuts()).isEmpty();
  }

  @Test
  void aCleanedBodyIsTakenAsItIs() {
    String markdown =
        "# Lamp\n\n> quoted\n\nOn Mon, 16 Nov 2026, Ann wrote:\n-- \nUnsubscribe | x\n";
    assertThat(MessageText.of(Message.builder("g", "m").cleaned(true).body(markdown).build()))
        .isEqualTo(new MessageText("", markdown));
  }

  @Test
  void theCutsCannotBeChanged() {
    List<Cut> cuts = new ArrayList<>(List.of(new Cut(Kind.QUOTE, "x")));
    MessageText text = new MessageText("", "", cuts);
    cuts.clear();
    assertThat(text.cuts()).hasSize(1);
    assertThatThrownBy(() -> text.cuts().clear()).isInstanceOf(UnsupportedOperationException.class);
  }

  // ---- addresses

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "see https://shop.example/cancel?refund=1,2(x) now|see   now",
        "see (http://shop.example/refund), now|see ( ), now",
        "[cancel](https://shop.example/refund)|[cancel]( )",
        "<mailto:refund@shop.example>|< >",
        "write to refund.desk@shop.example now|write to   now",
        "www.refund.example|~ ~",
        "shop.example/refund|~ ~",
        "refund.com.|~ ~",
        "请看https://shop.example/refund退款|请看 退款",
        "ftp://refund|~ ~",
        "It broke.Please refund|It broke.Please refund",
        "and/or e.g./i.e. 1.5/2 a:b @home|and/or e.g./i.e. 1.5/2 a:b @home",
        "invoice.pdf|invoice.pdf"
      })
  void keywordsAreNotLookedForInAddresses(String body, String left) {
    MessageText text = new MessageText(body, body);
    assertThat(text.matchable().body()).isEqualTo(left);
    assertThat(text.matchable().subject()).isEqualTo(left);
    assertThat(text.body()).isEqualTo(body);
  }

  @Test
  void theTextOfALinkIsKeptButNotItsAddress() {
    MessageText text =
        text(
            "<p>Please <a href=\"https://shop.example/cancel\">look here</a> or"
                + " <a href=\"https://shop.example/refund\">shop.example/refund</a></p>");
    assertThat(text.body()).isEqualTo("Please look here or shop.example/refund");
    assertThat(text.matchable().body()).contains("look here").doesNotContain("refund");
  }

  // ---- any text

  @Provide
  Arbitrary<String> mails() {
    Arbitrary<String> line =
        Arbitraries.of(
            "Hello",
            "",
            "> quoted",
            ">",
            "On Mon, 16 Nov 2026, Ann wrote:",
            "On Mon, 16 Nov 2026, Ann <",
            "ann@x.example> wrote:",
            "Ann wrote:",
            "From: Ann <ann@x.example>",
            "Sent: Monday",
            "To: me",
            "Subject: Lamp",
            "-----Original Message-----",
            "---------- Forwarded message ---------",
            "Begin forwarded message:",
            "________________________________",
            "-----",
            "-- ",
            "--",
            "Sent from my iPhone",
            "Unsubscribe",
            "This email and any attachments are confidential",
            "##- Please type your reply above this line -##",
            "Am 16.11.2026 schrieb",
            "在 2026年11月16日 写道：",
            ":",
            "https://x.example/a",
            "😀",
            "\u0000\ud800\u2028\u0085");
    Arbitrary<String> any = Arbitraries.strings().ofMaxLength(30);
    return Arbitraries.frequencyOf(net.jqwik.api.Tuple.of(9, line), net.jqwik.api.Tuple.of(1, any))
        .list()
        .ofMaxSize(40)
        .map(lines -> String.join("\n", lines));
  }

  @Property(tries = 3000)
  void noLineIsLost(@ForAll @From("mails") String mail) {
    if (HtmlText.isHtml(mail)) {
      return;
    }
    MessageText text = text(mail);
    List<String> kept = new ArrayList<>(filled(text.body()));
    text.cuts().forEach(cut -> kept.addAll(filled(cut.text())));
    assertThat(kept).containsExactlyInAnyOrderElementsOf(filled(mail));
    assertThat(text.body().isBlank()).isEqualTo(filled(mail).isEmpty());
  }

  private static List<String> filled(String text) {
    return Stream.of(text.split("\r\n|\n|\r", -1))
        .map(String::strip)
        .filter(l -> !l.isEmpty())
        .toList();
  }

  @Property
  void ownTextAboveAMarkIsKept(@ForAll @From("mails") String below) {
    for (String mark :
        List.of(
            "On Mon, 16 Nov 2026 at 10:00, Desk <desk@shop.example> wrote:",
            "-----Original Message-----",
            "From: Desk <desk@shop.example>\nSent: Monday\nTo: Ann\nSubject: Lamp")) {
      assertThat(text(OWN + "\n\n" + mark + "\n" + below).body()).startsWith(OWN);
    }
  }

  @Property
  void ownTextBelowAQuoteIsKept(@ForAll @From("mails") String above) {
    String quoted = above.replaceAll("(?m)^", "> ");
    assertThat(text(quoted + "\n\n" + OWN).body()).isEqualTo(OWN);
  }

  @Provide
  Arbitrary<String> markup() {
    return Arbitraries.of(
            "<div>",
            "</div>",
            "<blockquote>",
            "<blockquote type=cite>",
            "</blockquote>",
            "<br>",
            "<div class=gmail_quote>",
            "<div class=gmail_attr>",
            "<p hidden>",
            "</p>",
            "<pre>",
            "</pre>",
            "<div id=divRplyFwdMsg>",
            "<div class=gmail_signature>",
            "<table><tr><td>",
            "</table>",
            "<b>",
            "</b>",
            "<a href=x>",
            "<div style='border-top:solid #E1E1E1 1.0pt'>",
            "word",
            "On 16 Nov 2026 Ann wrote:",
            "&gt; x",
            "\n",
            " ",
            "<",
            "<!--",
            "-->",
            "<style>")
        .list()
        .ofMaxSize(60)
        .map(parts -> String.join("", parts));
  }

  @Property
  void anyMarkupHasAText(@ForAll @From("markup") String html) {
    MessageText text = text("<p>first</p>" + html);
    assertThat(text.body()).isNotBlank();
    assertThat(text.cuts()).noneMatch(cut -> cut.text().isBlank());
  }

  // ---- the cost

  static Stream<Arguments> monsters() {
    int megabyte = 1 << 20;
    Stream<String> five =
        Stream.of(
            "<div>",
            "<b>",
            "<font color=red>",
            "<a href=x>",
            "<b><i><p>",
            "<table>",
            "<blockquote>",
            "<table><tr><td>",
            "<div class=gmail_quote>",
            "<div class=gmail_quote><blockquote>",
            "<div id=divRplyFwdMsg>",
            "<svg>",
            "<select>",
            "<form>",
            "<ul><li>",
            "<a><p>");
    Stream<String> one =
        Stream.of(
            "On ",
            "On \n",
            "On 1\nx:\n",
            "From: x\n",
            "From: \n",
            "From: a@b\nTo: b\n",
            "_\n",
            "--\n",
            "--\nx\n",
            "_____________________\nx\n",
            "<",
            "&",
            "\n",
            " \n",
            ":\n",
            "：\n",
            "wrote:\n",
            "Sent from my iPhone\n",
            "Unsubscribe\n",
            "a@",
            "https://x ",
            "20.\nx:\n",
            "> a quoted line that is long enough for a mailer to have wrapped it once\nx\n");
    return Stream.concat(
        five.map(t -> Arguments.of("5 MB of " + t, t.repeat(5 * megabyte / t.length()))),
        one.map(t -> Arguments.of("1 MB of " + t.strip(), t.repeat(megabyte / t.length()))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("monsters")
  void anythingIsReadInTime(String name, String mail) {
    assertTimeoutPreemptively(
        Duration.ofSeconds(5), () -> assertThat(text(mail).matchable().body()).isNotNull());
  }
}
