package io.github.nylaswebhook.message;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.nylaswebhook.message.MessageText.Cut;
import io.github.nylaswebhook.message.MessageText.Cut.Kind;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the mailers put around a reply, in the languages of the data files. */
class MessageTextQuoteTest {
  private static final String OWN = "The lamp is broken.";

  private static MessageText text(String body) {
    return MessageText.of(Message.builder("g", "m").subject("Re: Lamp").body(body).build());
  }

  private static void assertCut(String body, Kind... kinds) {
    MessageText text = text(body);
    assertThat(text.body()).isEqualTo(OWN);
    assertThat(text.cuts()).extracting(Cut::kind).containsExactly(kinds);
  }

  // ---- introductions

  @ParameterizedTest
  @ValueSource(
      strings = {
        "On Mon, Nov 16, 2026 at 10:00 AM Desk <desk@shop.example> wrote:",
        "On 16 Nov 2026, at 10:00, Desk <desk@shop.example> wrote:",
        "---- On Mon, 16 Nov 2026 10:00:00 +0100 Desk <desk@shop.example> wrote ----",
        "-----desk@shop.example wrote: -----",
        "Desk <desk@shop.example> wrote:",
        "Am Mo., 16. Nov. 2026 um 10:00 Uhr schrieb Desk <desk@shop.example>:",
        "Desk <desk@shop.example> schrieb am Mo., 16. Nov. 2026 um 10:00 Uhr:",
        "Le lun. 16 nov. 2026 à 10:00, Desk <desk@shop.example> a écrit :",
        "Le 16 nov. 2026 à 10:00, Desk <desk@shop.example> a écrit\u00a0:",
        "El lun, 16 nov 2026 a las 10:00, Desk (<desk@shop.example>) escribió:",
        "Em seg., 16 de nov. de 2026 às 10:00, Desk <desk@shop.example> escreveu:",
        "Il giorno lun 16 nov 2026 alle ore 10:00 Desk <desk@shop.example> ha scritto:",
        "Op ma 16 nov 2026 om 10:00 schreef Desk <desk@shop.example>:",
        "Op 16 nov. 2026 om 10:00 heeft Desk <desk@shop.example> het volgende geschreven:",
        "Den mån 16 nov. 2026 kl 10:00 skrev Desk <desk@shop.example>:",
        "Den man. 16. nov. 2026 kl. 10.00 skrev Desk <desk@shop.example>:",
        "man. 16. nov. 2026 kl. 10:00 skrev Desk <desk@shop.example>:",
        "ma 16. marrask. 2026 klo 10.00 Desk (desk@shop.example) kirjoitti:",
        "pon., 16 lis 2026 o 10:00 Desk <desk@shop.example> napisał(a):",
        "W dniu 16.11.2026 o 10:00, Desk pisze:",
        "po 16. 11. 2026 v 10:00 odesílatel Desk <desk@shop.example> napsal:",
        "Dne 16. 11. 2026 v 10:00 Desk napsal(a):",
        "пн, 16 нояб. 2026 г. в 10:00, Desk <desk@shop.example>:",
        "16 Kas 2026 Pzt, 10:00 tarihinde Desk <desk@shop.example> şunu yazdı:",
        "2026年11月16日(月) 10:00 Desk <desk@shop.example>:",
        "2026/11/16 10:00、Desk <desk@shop.example>のメール：",
        "2026년 11월 16일 (월) 오전 10:00, Desk <desk@shop.example>님이 작성:",
        "2026. 11. 16. 오전 10:00, Desk <desk@shop.example> 작성:",
        "Desk <desk@shop.example> 于2026年11月16日周一 10:00写道：",
        "在 2026年11月16日，10:00，Desk <desk@shop.example> 写道：",
        "Desk <desk@shop.example> 於 2026年11月16日 週一 上午10:00寫道：",
      })
  void repliesAreKnownByTheirIntroduction(String introduction) {
    assertCut(OWN + "\n\n" + introduction + "\n\nWhich lamp is it?", Kind.QUOTE);
    assertCut(OWN + "\n\n" + introduction + "\n> Which lamp is it?", Kind.QUOTE);
    assertCut(
        "<div>" + OWN + "</div><div>" + escape(introduction) + "</div><div>Which lamp?</div>",
        Kind.QUOTE);
  }

  private static String escape(String text) {
    return text.replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br>");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "On Mon, Nov 16, 2026 at 10:00 AM The Desk of the Shop for Lamps and Such\n"
            + "<desk.of.the.shop@shop.example> wrote:",
        "On Mon, Nov 16, 2026 at 10:00 AM The Desk of the Shop for Lamps and Such <\n"
            + "desk.of.the.shop@shop.example> wrote:",
        "On Mon, Nov 16, 2026 at 10:00 AM\nThe Desk <desk.of.the.shop@shop.example>\nwrote:",
        "Le lun. 16 nov. 2026 à 10:00, Le Bureau <desk@shop.example>\na écrit :",
        "Am Mo., 16. Nov. 2026 um 10:00 Uhr schrieb Der Laden <\ndesk@shop.example>:",
        "ma 16. marrask. 2026 klo 10.00 Desk\n<desk@shop.example> kirjoitti:",
        "man. 16. nov. 2026 kl. 10:00 skrev Desk <desk@shop.example\n>:",
        "16 Kas 2026 Pzt, 10:00 tarihinde Desk <desk@shop.example>\nşunu yazdı:",
        "2026년 11월 16일 (월) 오전 10:00, Desk <\ndesk@shop.example>님이 작성:",
        "Desk <desk@shop.example> 于2026年11月16日周一\n10:00写道："
      })
  void wrappedIntroductionsAreKnown(String introduction) {
    assertCut(OWN + "\n\n" + introduction + "\n\n> Which lamp is it?", Kind.QUOTE);
    assertCut(OWN + "\n" + introduction + "\n\nWhich lamp is it?", Kind.QUOTE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Desk wrote:", "Desk schrieb:", "16.11.2026 10:00, Desk пишет:"})
  void introductionsWithoutMoreThanANameNeedMarkedLines(String introduction) {
    assertCut(OWN + "\n\n" + introduction + "\n> Which lamp is it?\n", Kind.QUOTE);
    String unmarked = OWN + "\n\n" + introduction + "\nWhich lamp is it?";
    assertThat(text(unmarked).body()).isEqualTo(unmarked);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Am Montag schrieb ich Ihnen folgendes:\nDie Lampe ist kaputt.",
        "My colleague wrote:\nThe lamp is broken.",
        "I ask for this:\nOn the box you wrote: new.\nIt isn't.",
        "Le chat a écrit:\nmiaou",
        "Meu colega escreveu:\nA lâmpada",
        "The lamp broke at 10:30\nDesk <desk@shop.example> sent me here:\nwhat now?",
        "We tried it on 5 lamps at 10:30.\nThen it broke:\nnothing worked."
      })
  void sentencesThatOnlyLookLikeIntroductionsStay(String mail) {
    assertThat(text(mail).body()).isEqualTo(mail);
    assertThat(text(mail).cuts()).isEmpty();
  }

  // ---- headers

  @ParameterizedTest
  @CsvSource({
    "From, Sent, To, Subject",
    "From, Date, To, Subject",
    "Von, Gesendet, An, Betreff",
    "De , Envoyé , À , Objet ",
    "De, Enviado el, Para, Asunto",
    "De, Enviada em, Para, Assunto",
    "Da, Inviato, A, Oggetto",
    "Van, Verzonden, Aan, Onderwerp",
    "Från, Skickat, Till, Ämne",
    "Fra, Sendt, Til, Emne",
    "Lähettäjä, Lähetetty, Vastaanottaja, Aihe",
    "Od, Wysłano, Do, Temat",
    "Od, Odesláno, Komu, Předmět",
    "От, Отправлено, Кому, Тема",
    "Kimden, Gönderildi, Kime, Konu",
    "差出人, 送信日時, 宛先, 件名",
    "보낸 사람, 보낸 날짜, 받는 사람, 제목",
    "发件人, 发送时间, 收件人, 主题",
    "寄件者, 寄件日期, 收件者, 主旨"
  })
  void outlooksHeadersAreKnown(String from, String date, String to, String subject) {
    String header =
        "%s: Desk\n%s: 16.11.2026 10:00\n%s: Ann\n%s: Lamp".formatted(from, date, to, subject);
    assertCut(OWN + "\n\n" + header + "\n\nWhich lamp?", Kind.QUOTE);
    assertCut(OWN + "\n________________________________\n" + header + "\n\nWhich?", Kind.QUOTE);
    assertCut(OWN + "\n\n" + header.replace(":", "：") + "\n\nWhich lamp?", Kind.QUOTE);
    assertCut(OWN + "\n\n*" + header.replace("\n", "\n*").replace(":", ":*") + "\n", Kind.QUOTE);
    assertCut(
        "<p class=MsoNormal>"
            + OWN
            + "</p><p class=MsoNormal><b>"
            + header.replace(":", ":</b>").replace("\n", "<br><b>")
            + "</p><p class=MsoNormal>Which lamp?</p>",
        Kind.QUOTE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "From: Berlin\nTo: Paris\nDate: Monday\nTwo seats, please.",
        "Date: Monday\nTime: noon\nThe lamp broke.",
        "To: whom it may concern\nThe lamp broke.",
        "Subject: lamp\nIt broke."
      })
  void whatCustomersListIsNoHeader(String mail) {
    assertThat(text(mail).body()).isEqualTo(mail);
  }

  // ---- dividers

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-----Original Message-----",
        "-------- Ursprüngliche Nachricht --------",
        "-------- Message d'origine --------",
        "-------- Message d’origine --------",
        "-----Mensaje original-----",
        "-------- Mensagem original --------",
        "-------- Messaggio originale --------",
        "-------- Origineel bericht --------",
        "-------- Ursprungligt meddelande --------",
        "-------- Oprindelig besked --------",
        "-------- Opprinnelig melding --------",
        "-------- Alkuperäinen viesti --------",
        "-------- Wiadomość oryginalna --------",
        "-------- Původní zpráva --------",
        "-------- Исходное сообщение --------",
        "-------- Özgün ileti --------",
        "-------- 元のメッセージ --------",
        "-------- 원본 메시지 --------",
        "------------------ 原始邮件 ------------------",
        "--------原始郵件--------",
        "##- Please type your reply above this line -##",
      })
  void whatIsBelowADividerIsQuoted(String divider) {
    assertCut(OWN + "\n\n" + divider + "\nWhich lamp is it?", Kind.QUOTE);
    assertCut(OWN + "<br>" + divider + "<div>Which lamp is it?</div>", Kind.QUOTE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "---------- Forwarded message ---------",
        "Begin forwarded message:",
        "-------- Weitergeleitete Nachricht --------",
        "Anfang der weitergeleiteten Nachricht:",
        "-------- Message transféré --------",
        "Début du message réexpédié :",
        "----- Mensaje reenviado -----",
        "Inicio del mensaje reenviado:",
        "----- Mensagem encaminhada -----",
        "-------- Messaggio inoltrato --------",
        "Inizio messaggio inoltrato:",
        "-------- Doorgestuurd bericht --------",
        "Begin doorgestuurd bericht:",
        "-------- Vidarebefordrat meddelande --------",
        "-------- Videresendt meddelelse --------",
        "-------- Videresendt melding --------",
        "-------- Välitetty viesti / Fwd.Msg --------",
        "--- Treść przekazanej wiadomości ---",
        "-------- Přeposlaná zpráva --------",
        "-------- Перенаправленное сообщение --------",
        "Начало переадресованного сообщения:",
        "-------- İletilen İleti --------",
        "---------- メッセージを転送 ----------",
        "---------- 전달된 메시지 ---------",
        "-------- 转发邮件信息 --------"
      })
  void aForwardedMailIsCutFromTheNoteAboveIt(String divider) {
    assertCut(OWN + "\n\n" + divider + "\n\nFrom: Bob\n\nIt is dark.", Kind.FORWARD);
    MessageText alone = text(divider + "\nFrom: Bob\n\nIt is dark.");
    assertThat(alone.body()).contains("It is dark.");
    assertThat(alone.cuts()).isEmpty();
  }

  @Test
  void aMailThatOnlyForwardsKeepsThatWithoutTheSignature() {
    MessageText text =
        text(
            "Sent from my iPhone\n\nBegin forwarded message:\n\n> From: Bob <b@x.example>\n> Date:"
                + " Monday\n>\n> It is dark.");
    assertThat(text.body()).contains("It is dark.").doesNotContain("iPhone");
    assertThat(text.cuts()).containsExactly(new Cut(Kind.SIGNATURE, "Sent from my iPhone"));
  }

  @Test
  void outlooksHeaderBelowAForwardingSubjectIsAForward() {
    MessageText text =
        MessageText.of(
            Message.builder("g", "m")
                .subject("WG: Lampe")
                .body(OWN + "\n\nVon: Bob <b@x.example>\nGesendet: Montag\nAn: Ann\n\nKaputt.")
                .build());
    assertThat(text.body()).isEqualTo(OWN);
    assertThat(text.cuts()).extracting(Cut::kind).containsExactly(Kind.FORWARD);
  }

  // ---- answers between and below

  @Test
  void answersBetweenQuotedLinesStay() {
    MessageText text =
        text(
            """
            Hello, see below.

            On Mon, 16 Nov 2026, Desk <d@x.example> wrote:
            > Which lamp?
            The red one.
            > Since when?

            Since Monday.

            > Regards
            """);
    assertThat(text.body()).isEqualTo("Hello, see below.\n\nThe red one.\n\nSince Monday.");
    assertThat(text.cuts()).hasSize(3).allMatch(cut -> cut.kind() == Kind.QUOTE);
  }

  @Test
  void fieldsThatAreFilledInBetweenQuotedLinesStay() {
    assertThat(
            text("""
                    Hi

                    On 16 Nov 2026 Desk wrote:
                    > Order number
                    12345
                    > Name
                    Ann
                    > Bye
                    """)
                .body())
        .isEqualTo("Hi\n\n12345\nAnn");
  }

  @Test
  void theRestOfAWrappedQuotedLineIsQuoted() {
    assertThat(
            text(OWN
                    + "\n\nOn 16 Nov 2026 Desk wrote:\n> We are sorry to hear that your lamp is"
                    + " broken and we would like to\nhelp.\n> Which lamp is it?")
                .body())
        .isEqualTo(OWN);
  }

  static Stream<Arguments> answersWithinHtml() {
    return Stream.of(
        Arguments.of(
            "Gmail",
            "<div class=\"gmail_quote\"><div class=\"gmail_attr\">On Mon, Desk wrote:</div>"
                + "<blockquote class=\"gmail_quote\">Which?</blockquote><div>The red one.</div>"
                + "<blockquote class=\"gmail_quote\">When?</blockquote><div>Monday.</div></div>"),
        Arguments.of(
            "Thunderbird",
            "<div class=\"moz-cite-prefix\">On Mon, Desk wrote:</div><blockquote type=\"cite\">"
                + "Which?</blockquote>The red one.<blockquote type=\"cite\">When?</blockquote>"
                + "<p>Monday.</p>"),
        Arguments.of(
            "Apple",
            "<blockquote type=\"cite\"><div>On 16 Nov 2026, Desk wrote:</div><br"
                + " class=\"Apple-interchange-newline\">Which?</blockquote><div>The red"
                + " one.</div><div>Monday.</div>"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("answersWithinHtml")
  void answersBetweenQuotationsStay(String mailer, String html) {
    MessageText text = text(html);
    assertThat(text.body()).isEqualTo("The red one.\nMonday.");
    assertThat(text.cuts()).allMatch(cut -> cut.kind() == Kind.QUOTE).isNotEmpty();
  }

  @Test
  void aQuotationInTheMidstOfOwnTextIsContent() {
    assertThat(text("<p>The box says</p><blockquote>Never wet</blockquote><p>but it is.</p>"))
        .isEqualTo(new MessageText("Re: Lamp", "The box says\nNever wet\nbut it is."));
    assertThat(text("<p>On Mon, Desk wrote:</p><blockquote>Which?</blockquote><p>Red.</p>").body())
        .isEqualTo("Red.");
    assertThat(
            text("<p>Text</p><blockquote style=\"margin:0 0 0 40px;border:none\">indented").body())
        .isEqualTo("Text\nindented");
  }

  // ---- the mailers' HTML

  static Stream<Arguments> mailers() {
    return Stream.of(
        Arguments.of(
            "Gmail",
            "<div class=\"gmail_quote gmail_quote_container\"><div class=\"gmail_attr\">Hoy dijo"
                + " Desk:<br></div><blockquote class=\"gmail_quote\">Which?</blockquote></div>",
            Kind.QUOTE),
        Arguments.of(
            "Gmail, forwarded",
            "<div class=\"gmail_quote\"><div class=\"gmail_attr\">---------- Forwarded message"
                + " ---------<br>From: Bob</div><br>It is dark.<blockquote>x</blockquote></div>"
                    .replace("<blockquote>x</blockquote>", ""),
            Kind.FORWARD),
        Arguments.of(
            "Outlook",
            "<div><div style=\"border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in"
                + " 0in\"><p class=MsoNormal><b>Xyz:</b> Desk</p></div></div><p>Which?</p>",
            Kind.QUOTE),
        Arguments.of(
            "Outlook 2010",
            "<div style='border:none; border-top:solid #B5C4DF 1.0pt'>Xyz: Desk</div><p>Which?</p>",
            Kind.QUOTE),
        Arguments.of(
            "Outlook on the web",
            "<div id=\"appendonsend\"></div><hr><div id=\"divRplyFwdMsg\">Xyz: Desk</div>Which?",
            Kind.QUOTE),
        Arguments.of(
            "Outlook, new",
            "<div id=\"mail-editor-reference-message-container\"><div>Xyz: Desk</div>Which?</div>",
            Kind.QUOTE),
        Arguments.of(
            "Outlook on phones",
            "<div class=\"ms-outlook-mobile-reference-message\"><hr>Xyz: Desk<br>Which?</div>",
            Kind.QUOTE),
        Arguments.of(
            "Apple Mail, forwarded",
            "<div>Begin forwarded message:</div><br class=\"Apple-interchange-newline\"><blockquote"
                + " type=\"cite\"><b>From: </b>Bob<br>It is dark.</blockquote>",
            Kind.FORWARD),
        Arguments.of(
            "Yahoo",
            "<div id=\"ydp1yahoo_quoted_2\" class=\"ydp1a2byahoo_quoted\"><div>Xyz</div></div>",
            Kind.QUOTE),
        Arguments.of("Yahoo, old", "<div class=\"yahoo_quoted\">Xyz</div>", Kind.QUOTE),
        Arguments.of(
            "Thunderbird, forwarded",
            "<div class=\"moz-forward-container\"><br>-------- Forwarded Message --------<table>"
                + "<tr><th>Subject:</th><td>Lamp</td></tr></table>It is dark.</div>",
            Kind.FORWARD),
        Arguments.of("Proton", "<div class=\"protonmail_quote\">Xyz</div>", Kind.QUOTE),
        Arguments.of(
            "Zimbra", "<hr id=\"zwchr\" data-marker=\"__DIVIDER__\"><div>Xyz</div>", Kind.QUOTE),
        Arguments.of(
            "GMX", "<div name=\"quote\" style=\"border-left:2px solid\">Xyz</div>", Kind.QUOTE),
        Arguments.of("Zoho", "<div class=\"zmail_extra\">Xyz</div>", Kind.QUOTE),
        Arguments.of("Entourage", "<span id=\"OLK_SRC_BODY_SECTION\">Xyz</span>", Kind.QUOTE),
        Arguments.of("Gmail", "<div class=\"gmail_signature\">Ann</div>", Kind.SIGNATURE),
        Arguments.of("Thunderbird", "<pre class=\"moz-signature\">-- \nAnn</pre>", Kind.SIGNATURE),
        Arguments.of("Apple", "<div id=\"AppleMailSignature\">Ann</div>", Kind.SIGNATURE),
        Arguments.of("Outlook", "<div id=\"Signature\">Ann</div>", Kind.SIGNATURE),
        Arguments.of(
            "Outlook on phones",
            "<div id=\"ms-outlook-mobile-signature\">Get <a href=x>Outlook for iOS</a></div>",
            Kind.SIGNATURE));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("mailers")
  void theBlocksOfTheMailersAreKnown(String mailer, String html, Kind kind) {
    assertCut("<html><body><div>" + OWN + "</div>" + html + "</body></html>", kind);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("mailers")
  void ofABlockAloneTheTextStays(String mailer, String html, Kind kind) {
    assertThat(text("<html><body>" + html + "</body></html>").body()).isNotBlank();
  }

  @Test
  void quotedTextInPreformattedBlocksIsCut() {
    assertCut("<pre>" + OWN + "\n\nOn 16 Nov 2026 Desk wrote:\n&gt; Which?\n</pre>", Kind.QUOTE);
  }

  @Test
  void theCutsAreInTheMailsOrder() {
    MessageText text =
        text(
            OWN
                + "\n-- \nAnn\nHead of Things\n\nOn Mon, 16 Nov 2026, Desk <d@x.example> wrote:\n>"
                + " Which lamp?\n");
    assertThat(text.cuts())
        .isEqualTo(
            List.of(
                new Cut(Kind.SIGNATURE, "-- \nAnn\nHead of Things".replace("-- ", "--")),
                new Cut(
                    Kind.QUOTE, "On Mon, 16 Nov 2026, Desk <d@x.example> wrote:\n> Which lamp?")));
  }
}
