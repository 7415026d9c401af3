package io.github.nylaswebhook.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.nylaswebhook.message.Attachment;
import io.github.nylaswebhook.message.EmailAddress;
import io.github.nylaswebhook.message.Header;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageFilterTest {
  private static Message.Builder mail() {
    return Message.builder("g", "m").from("customer@x.example").subject("A question");
  }

  private static Message withHeaders(String... namesAndValues) {
    return withHeaders(mail(), namesAndValues);
  }

  private static Message withHeaders(Message.Builder builder, String... namesAndValues) {
    List<Header> headers = new ArrayList<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      headers.add(new Header(namesAndValues[i], namesAndValues[i + 1]));
    }
    return builder.headers(headers).build();
  }

  private static Verdict standard(Message message) throws IOException {
    return MessageFilter.standard().judge(message, own(message));
  }

  private static Verdict tutorial(Message message) throws IOException {
    return MessageFilter.tutorial().judge(message, own(message));
  }

  private static MessageContext own(Message message) {
    return new MessageContext(message, Set.of("support@us.example"));
  }

  private static Attachment attachment(String filename, String type) {
    return new Attachment("a", filename, type, 1, false);
  }

  // ---- the standard filter, by one header

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          X-Auto-Response-Suppress | All                        | HUMAN
          X-Auto-Response-Suppress | OOF, AutoReply             | HUMAN
          Precedence               | bulk                       | HUMAN
          Precedence               | list                       | HUMAN
          Precedence               | junk                       | HUMAN
          Precedence               | auto_reply                 | AUTO_REPLY
          X-Precedence             | Auto_Reply                 | AUTO_REPLY
          List-Id                  | <l.x.example>              | HUMAN
          List-Unsubscribe         | <mailto:u@x.example>       | HUMAN
          List-Unsubscribe-Post    | List-Unsubscribe=One-Click | BULK
          Auto-Submitted           | no                         | HUMAN
          Auto-Submitted           | No (really)                | HUMAN
          Auto-Submitted           | auto-replied               | AUTO_REPLY
          auto-submitted           | AUTO-REPLIED               | AUTO_REPLY
          Auto-Submitted           | auto-replied (vacation)    | AUTO_REPLY
          Auto-Submitted           | auto-replied; owner-email="x@y" | AUTO_REPLY
          Auto-Submitted           | Auto-Replied(x)            | AUTO_REPLY
          Auto-Submitted           | auto-generated             | NOTIFICATION
          AUTO-SUBMITTED           | auto-generated (failure)   | NOTIFICATION
          Auto-Submitted           | auto-notified; x=y         | NOTIFICATION
          Auto-Submitted           | auto-repliedish            | HUMAN
          X-Autoreply              | yes                        | AUTO_REPLY
          X-AutoReply              | no                         | HUMAN
          X-Autorespond            | anything                   | AUTO_REPLY
          X-FC-MachineGenerated    | true                       | AUTO_REPLY
          X-FC-MachineGenerated    | false                      | HUMAN
          X-Apple-Action           | Vacation                   | AUTO_REPLY
          X-Failed-Recipients      | gone@x.example             | BOUNCE
          Content-Type             | multipart/report; report-type=delivery-status | BOUNCE
          Content-Type             | Multipart/Report; Report-Type="Delivery-Status" | BOUNCE
          Content-Type             | multipart/report; report-type=disposition-notification | DISPOSITION_NOTIFICATION
          Content-Type             | multipart/report; report-type=feedback-report | FEEDBACK_REPORT
          Content-Type             | multipart/mixed; boundary=delivery-status | HUMAN
          Content-Type             | text/calendar; method=REQUEST | CALENDAR
          Content-Class            | urn:content-classes:calendarmessage | CALENDAR
          X-Mailer                 | anything                   | HUMAN
          """)
  void aHeaderMakesItsKind(String name, String value, MessageKind kind) throws Exception {
    Verdict verdict = standard(withHeaders(name, value));
    assertThat(verdict.kind()).isEqualTo(kind);
    assertThat(verdict.reasons().isEmpty()).isEqualTo(kind == MessageKind.HUMAN);
    assertThat(verdict.headersKnown()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Undeliverable: Your order                 | BOUNCE
          Undelivered Mail Returned to Sender       | BOUNCE
          Delivery Status Notification (Failure)    | BOUNCE
          Mail delivery failed: returning message   | BOUNCE
          failure notice                            | BOUNCE
          Unzustellbar: Frage                       | BOUNCE
          Automatic reply: Away                     | AUTO_REPLY
          Auto-Reply: Away                          | AUTO_REPLY
          Out of Office: Away                       | AUTO_REPLY
          Out of office                             | AUTO_REPLY
          Automatische Antwort: Weg                 | AUTO_REPLY
          Réponse automatique : absent              | AUTO_REPLY
          自動応答: 不在                             | AUTO_REPLY
          [Auto-Reply] thanks                       | AUTO_REPLY
          My parcel is undeliverable                | HUMAN
          Delivery failure: order 12 never came     | HUMAN
          Delivery has failed twice, where is it?   | HUMAN
          Returned mail: wrong label                | HUMAN
          Mail delivery system question             | HUMAN
          Auto: Anfrage zu Leasing                  | HUMAN
          Re: Undeliverable: Your order             | HUMAN
          How do I set an out of office message?    | HUMAN
          Out of office chairs                      | HUMAN
          The automatic reply does not work         | HUMAN
          Failure notice for our contract           | HUMAN
          ''                                        | HUMAN
          """)
  void aSubjectMakesItsKindOnlyAtItsBeginning(String subject, MessageKind kind) throws Exception {
    assertThat(standard(mail().subject(subject).build()).kind()).isEqualTo(kind);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "MAILER-DAEMON@mx.x.example",
        "mailer-daemon@x.example",
        "postmaster@x.example",
        "Mailer_Daemon@x.example"
      })
  void aDaemonsMailIsABounce(String sender) throws Exception {
    assertThat(standard(mail().from(sender).build()).kind()).isEqualTo(MessageKind.BOUNCE);
  }

  @Test
  void aDeliveryReportAmongTheAttachmentsIsABounce() throws Exception {
    assertThat(
            standard(
                    mail()
                        .attachments(List.of(attachment("", "Message/Delivery-Status; x=y")))
                        .build())
                .kind())
        .isEqualTo(MessageKind.BOUNCE);
  }

  @Test
  void aPersonsAnswerToABounceIsAPersons() throws Exception {
    assertThat(
            standard(
                    withHeaders(
                        mail().subject("Undeliverable: Your order"), "In-Reply-To", "<1@x>"))
                .kind())
        .isEqualTo(MessageKind.HUMAN);
    assertThat(
            standard(
                    withHeaders(
                        mail().from("mailer-daemon@x.example").subject("Undeliverable: x"),
                        "In-Reply-To",
                        "<1@x>"))
                .kind())
        .isEqualTo(MessageKind.BOUNCE);
  }

  @Test
  void aBounceThatAlsoSaysAutoRepliedIsABounce() throws Exception {
    Verdict verdict =
        standard(
            withHeaders(
                mail().from("mailer-daemon@x.example"),
                "Auto-Submitted",
                "auto-replied",
                "X-Failed-Recipients",
                "y@x.example"));
    assertThat(verdict.kind()).isEqualTo(MessageKind.BOUNCE);
    assertThat(verdict.reasons())
        .extracting(Reason::code)
        .containsExactlyInAnyOrder("failed-recipients", "daemon-sender");
  }

  // ---- invitations

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          ''          | text/calendar; method=REQUEST; charset=utf-8 | Hello              | CALENDAR
          invite.ics  | text/calendar; METHOD=CANCEL                 | Hello              | CALENDAR
          ''          | text/calendar                                | Hello              | CALENDAR
          meeting.ics | text/calendar                                | See my calendar    | HUMAN
          meeting.ics | application/ics                              | See my calendar    | HUMAN
          invite.ics  | application/ics                              | Invitation: Lunch  | CALENDAR
          invite.ics  | text/calendar; name=invite.ics               | Accepted: Lunch    | CALENDAR
          photo.jpg   | image/jpeg                                   | Invitation: Lunch  | HUMAN
          ''          | ''                                           | Hello              | HUMAN
          """)
  void anInvitationIsToldFromAnAttachedCalendarFile(
      String filename, String type, String subject, MessageKind kind) throws Exception {
    Message message =
        mail().subject(subject).attachments(List.of(attachment(filename, type))).build();
    assertThat(standard(message).kind()).isEqualTo(kind);
  }

  // ---- own mail

  @ParameterizedTest
  @ValueSource(strings = {"SENT", "Sent", "DRAFT", "DRAFTS", "drafts"})
  void sentMailAndDraftsAreOurs(String folder) throws Exception {
    Message message = mail().folders(List.of("INBOX", folder)).build();
    assertThat(standard(message).kind()).isEqualTo(MessageKind.OWN);
    assertThat(tutorial(message).kind()).isEqualTo(MessageKind.OWN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"INBOX", "UNREAD", "PRESENT", "SENTINEL", "AAMkAGI2SENT"})
  void otherFoldersAreNot(String folder) throws Exception {
    assertThat(standard(mail().folders(List.of(folder)).build()).kind())
        .isEqualTo(MessageKind.HUMAN);
  }

  @Test
  void mailFromOurAddressInAnyCaseIsOurs() throws Exception {
    Message message =
        mail()
            .from(
                List.of(
                    new EmailAddress("", "x@x.example"),
                    new EmailAddress("Us", "Support@US.example")))
            .build();
    assertThat(standard(message).kind()).isEqualTo(MessageKind.OWN);
    assertThat(tutorial(message).kind()).isEqualTo(MessageKind.OWN);
    assertThat(
            standard(mail().to(List.of(new EmailAddress("", "support@us.example"))).build()).kind())
        .isEqualTo(MessageKind.HUMAN);
  }

  @Test
  void ourOwnMailIsOursWhateverElseItIs() throws Exception {
    assertThat(
            standard(
                    withHeaders(
                        mail().from("support@us.example"), "Auto-Submitted", "auto-replied"))
                .kind())
        .isEqualTo(MessageKind.OWN);
  }

  @Test
  void aVerdictSaysWhetherTheHeadersWereThere() throws Exception {
    assertThat(standard(mail().build()).headersKnown()).isFalse();
    assertThat(standard(withHeaders()).headersKnown()).isTrue();
    assertThat(tutorial(mail().build()).headersKnown()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(MessageKind.class)
  void onlyPeoplesMailNotificationsAndBulkAreRouted(MessageKind kind) {
    assertThat(Policy.defaultFor(kind).routes())
        .isEqualTo(
            Set.of(MessageKind.HUMAN, MessageKind.NOTIFICATION, MessageKind.BULK).contains(kind));
  }

  // ---- the tutorial's filter

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          auto-submitted           | auto-replied   | AUTO_REPLY
          Auto-Submitted           | auto-generated | AUTO_REPLY
          auto-submitted           | no             | HUMAN
          auto-submitted           | No             | AUTO_REPLY
          auto-submitted           | ''             | HUMAN
          x-auto-response-suppress | All            | AUTO_REPLY
          x-auto-response-suppress | ''             | HUMAN
          precedence               | bulk           | AUTO_REPLY
          precedence               | junk           | AUTO_REPLY
          precedence               | list           | HUMAN
          precedence               | Bulk           | HUMAN
          x-autoreply              | yes            | HUMAN
          """)
  void theTutorialsHeadersAreTakenToTheLetter(String name, String value, MessageKind kind)
      throws Exception {
    assertThat(tutorial(withHeaders(name, value)).kind()).isEqualTo(kind);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          I am OUT OF OFFICE today            | AUTO_REPLY
          the Automatic Reply does not work   | AUTO_REPLY
          an auto-reply                       | AUTO_REPLY
          Delivery Status Notification (x)    | AUTO_REPLY
          my parcel is undeliverable          | AUTO_REPLY
          Mail delivery failed again          | AUTO_REPLY
          A question                          | HUMAN
          """)
  void theTutorialsPhrasesAreTakenAnywhere(String subject, MessageKind kind) throws Exception {
    assertThat(tutorial(mail().subject(subject).build()).kind()).isEqualTo(kind);
  }
}
