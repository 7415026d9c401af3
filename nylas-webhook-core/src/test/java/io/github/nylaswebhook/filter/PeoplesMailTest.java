package io.github.nylaswebhook.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.nylaswebhook.message.Attachment;
import io.github.nylaswebhook.message.EmailAddress;
import io.github.nylaswebhook.message.Header;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageContext;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Customers who write of parcels, holidays and mail servers, and machines that aren't in answer.
 */
class PeoplesMailTest {
  private static Message.Builder mail(String subject) {
    return Message.builder("g", "m").from("customer@x.example").subject(subject).body("Hello");
  }

  private static Verdict judge(Message.Builder mail) throws IOException {
    Message message = mail.build();
    return MessageFilter.standard()
        .judge(message, new MessageContext(message, Set.of("support@us.example")));
  }

  private static Attachment attached(String filename, String type) {
    return new Attachment("a", filename, type, 1, false);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Mancata consegna ordine 4711",
        "Försenad leverans: order 4711",
        "Forsinket levering: ordre 4711",
        "Atraso na entrega: pedido 4711",
        "Falha na entrega do pedido 4711",
        "Retraso en la entrega: pedido 4711",
        "Bezorging mislukt bestelling 4711",
        "Zustellung fehlgeschlagen Paket 4711",
        "Nicht zustellbar: Paket 4711",
        "Échec de la distribution du colis 4711",
        "Non remis : colis 4711",
        "Delivery delayed: order 4711",
        "Задержка доставки: заказ 4711",
        "Письмо не доставлено",
        "Nedoručeno: zásilka 4711",
        "Nie dostarczono: paczka 4711",
        "Ikke levert: ordre 4711",
        "Toimitus viivästynyt: tilaus 4711",
        "Teslim edilemedi: kargo 4711",
        "반송: 주문 4711",
        "送信エラーが出ます",
        "自動返信メールが届きません",
        "不在通知について",
        "退信问题",
        "自动回复怎么设置",
        "Auto-reply not working",
        "Autoresponder: how do I set it up?",
        "Out of office reply is sent twice",
        "Автоответчик не работает",
        "Undeliverable mail to our customers"
      })
  void aTitleThatACustomerTypesIsNoProof(String subject) throws Exception {
    assertThat(judge(mail(subject)).kind()).isEqualTo(MessageKind.HUMAN);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Delivery failed                    | Hi,\\nmy parcel could not be delivered to my house.
          Delivery delayed                   | Hi,\\nmy order has not yet been delivered.
          Delivery failed again              | Hi. This is the third time that I write.
          Mail delivery problem              | Hi,\\nI get a non-delivery report when I write to you.
          Returned to sender: order 4711     | Hi,\\nthe parcel cannot be delivered to me, they say.
          I'm out of credits                 | Hi,\\nthank you for your email. Can I buy more?
          Vakantie Kreta 12 juli             | Beste Jan,\\nBedankt voor uw bericht. Wij willen boeken.
          Absence du 12 mai                  | Bonjour,\\nMerci pour votre message.
          Semester fee                       | Hi,\\nThank you for your email.
          Out of office chairs               | 1\\n2\\n3\\n4\\nThank you for your message, by the way.
          """)
  void whatPeopleSayOfParcelsAndHolidaysIsNoSecondSign(String subject, String body)
      throws Exception {
    assertThat(judge(mail(subject).body(body.translateEscapes())).kind())
        .isEqualTo(MessageKind.HUMAN);
  }

  @Test
  void whoAttachesAMailToAskAboutItIsAPerson() throws Exception {
    List<Attachment> original = List.of(attached("mail.eml", "message/rfc822"));
    assertThat(judge(mail("Delivery failure").attachments(original)).kind())
        .isEqualTo(MessageKind.HUMAN);
    assertThat(
            judge(
                    mail("Customers cannot write to us")
                        .body("Hello,\nthey all get this:\n550 5.1.1 user unknown")
                        .attachments(original))
                .kind())
        .isEqualTo(MessageKind.HUMAN);
    assertThat(
            judge(
                    mail("Mail Error")
                        .from("no-reply@x.example")
                        .attachments(List.of(attached("", "message/rfc822"))))
                .kind())
        .isEqualTo(MessageKind.BOUNCE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Fwd: Undeliverable: x",
        "[EXTERNAL] Fwd: Undeliverable: x",
        "[Fwd: Undeliverable: x]",
        "PD: Niedostarczalne: x",
        "İLT: Teslim edilemedi: x",
        "전달: 배달되지 않음: x",
        "ΠΡΘ: x"
      })
  void whoPassesAReportOnIsAPersonInEachLanguage(String subject) throws Exception {
    List<Attachment> report =
        List.of(attached("", "message/delivery-status"), attached("x.eml", "message/rfc822"));
    assertThat(judge(mail(subject).attachments(report)).kind()).isEqualTo(MessageKind.HUMAN);
  }

  @Test
  void whoPassesAnInvitationOnIsAPerson() throws Exception {
    List<Attachment> invitation = List.of(attached("invite.ics", "text/calendar; method=REQUEST"));
    assertThat(judge(mail("Fwd: Invitation: Demo").attachments(invitation)).kind())
        .isEqualTo(MessageKind.HUMAN);
    assertThat(judge(mail("Invitation: Demo").attachments(invitation)).kind())
        .isEqualTo(MessageKind.CALENDAR);
  }

  @Test
  void aFormOnOurOwnSiteIsACustomers() throws Exception {
    Message.Builder form = mail("Contact form").from("support@us.example");
    assertThat(judge(form.replyTo(List.of(new EmailAddress("Ann", "customer@x.example")))).kind())
        .isEqualTo(MessageKind.HUMAN);
    assertThat(judge(form.replyTo(List.of(new EmailAddress("Us", "support@us.example")))).kind())
        .isEqualTo(MessageKind.OWN);
    assertThat(judge(form.replyTo(List.of(new EmailAddress("", "t1@us.example")))).kind())
        .isEqualTo(MessageKind.OWN);
    assertThat(
            judge(
                    mail("Re: Your ticket")
                        .from("support@us.example")
                        .replyTo(List.of(new EmailAddress("", "ticket-1@desk.example")))
                        .headers(List.of(new Header("In-Reply-To", "<1@x.example>"))))
                .kind())
        .isEqualTo(MessageKind.OWN);
    assertThat(judge(form.replyTo(List.of())).kind()).isEqualTo(MessageKind.OWN);
  }

  @Test
  void aFormsMailerIsNoDaemon() throws Exception {
    assertThat(
            judge(
                    mail("Question about order 4711")
                        .from("mailer-form@x.example")
                        .replyTo(List.of(new EmailAddress("Ann", "ann@x.example"))))
                .kind())
        .isEqualTo(MessageKind.HUMAN);
  }

  // ---- monitoring

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Absence of heartbeat from db-1",
        "[ALERT] Absence of data: cpu",
        "Ausência de sinal: link 3",
        "Ausencia de datos en sensor 4"
      })
  void whatIsAbsentNeedNotBeAPerson(String subject) throws Exception {
    assertThat(
            judge(mail(subject).headers(List.of(new Header("Auto-Submitted", "auto-generated"))))
                .kind())
        .isEqualTo(MessageKind.NOTIFICATION);
  }

  @Test
  void aPostmastersWarningOfTheirOwnAccordIsNoBounce() throws Exception {
    for (String body : List.of("550 messages in queue on mx1", "/home is over quota")) {
      assertThat(judge(mail("Warning of mx1").from("postmaster@x.example").body(body)).kind())
          .as(body)
          .isEqualTo(MessageKind.HUMAN);
      assertThat(
              judge(
                      mail("Warning of mx1")
                          .body(body)
                          .headers(List.of(new Header("Return-Path", "<>"))))
                  .kind())
          .as(body)
          .isEqualTo(MessageKind.HUMAN);
    }
  }

  @Test
  void whatAnExchangeRulePassesOnIsNoAutoReply() throws Exception {
    Header suppress = new Header("X-Auto-Response-Suppress", "All");
    String loop = "X-MS-Exchange-Inbox-Rules-Loop";
    assertThat(
            judge(
                    mail("Host db-1 is down")
                        .headers(List.of(suppress, new Header(loop, "support@us.example"))))
                .kind())
        .isEqualTo(MessageKind.HUMAN);
    assertThat(
            judge(
                    mail("Host db-1 is down")
                        .to(List.of(new EmailAddress("", "Ops@us.example")))
                        .headers(List.of(suppress, new Header(loop, "ops@us.example"))))
                .kind())
        .isEqualTo(MessageKind.HUMAN);
    assertThat(
            judge(
                    mail("Away until Monday")
                        .headers(List.of(suppress, new Header(loop, "Customer@x.example"))))
                .kind())
        .isEqualTo(MessageKind.AUTO_REPLY);
  }
}
