package io.github.nylaswebhook.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.nylaswebhook.message.Attachment;
import io.github.nylaswebhook.message.EmailAddress;
import io.github.nylaswebhook.message.Folder;
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
          Unzustellbar: Frage                       | BOUNCE
          Automatic reply: Away                     | AUTO_REPLY
          Auto-Reply: Away                          | AUTO_REPLY
          Out of Office AutoReply: Away             | AUTO_REPLY
          Re: your order (Automatic Response)       | AUTO_REPLY
          AUTO: Ann is out of the office (returning 05/01/2026) | AUTO_REPLY
          [EXTERN] Automatische Antwort: Weg        | AUTO_REPLY
          ***SPAM*** Undelivered Mail Returned to Sender | BOUNCE
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
          failure notice                            | HUMAN
          Out of Office: Away                       | HUMAN
          Out of office                             | HUMAN
          Vacation                                  | HUMAN
          Ann is out of the office                  | HUMAN
          Re: Ann is out of the office              | HUMAN
          Fwd: Automatic reply: Away                | HUMAN
          Delivered: your parcel                    | HUMAN
          Warning: mail is slow                     | HUMAN
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
        "Mailer_Daemon@x.example",
        "mail.daemon@x.example",
        "MDaemon@x.example"
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

  // ---- what needs a second sign

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Return-Path              | <>                         | AUTO_REPLY
          Return-Path              | <MAILER-DAEMON>            | AUTO_REPLY
          Auto-Submitted           | auto-generated             | AUTO_REPLY
          Precedence               | bulk                       | AUTO_REPLY
          X-Auto-Response-Suppress | All                        | AUTO_REPLY
          X-MS-Exchange-Generated-Message-Source | Mailbox Rules Agent | AUTO_REPLY
          X-Auto-Response-Suppress | DR, OOF, AutoReply         | HUMAN
          Precedence               | list                       | HUMAN
          Return-Path              | <customer@x.example>       | HUMAN
          In-Reply-To              | <1@x.example>              | HUMAN
          X-MS-Exchange-Inbox-Rules-Loop | x@x.example          | HUMAN
          """)
  void aTitleThatPeopleWriteTooNeedsASecondSign(String name, String value, MessageKind kind)
      throws Exception {
    assertThat(standard(withHeaders(mail().subject("Out of Office"), name, value)).kind())
        .isEqualTo(kind);
  }

  @Test
  void aBulkListsMailIsNoAutoReplyForItsTitle() throws Exception {
    Message.Builder mail = mail().subject("Out of office");
    for (String sign : List.of("List-Id: <l.x>", "X-Mailing-List: l@x", "Sender: owner-l@x")) {
      String[] header = sign.split(": ", 2);
      assertThat(standard(withHeaders(mail, "Precedence", "bulk", header[0], header[1])).kind())
          .as(sign)
          .isEqualTo(MessageKind.HUMAN);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          This is an automatic reply. I am away.                    | AUTO_REPLY
          Thank you for your email.\\nI will be out until Monday.    | AUTO_REPLY
          I will be out of the office on Monday, call me if urgent. | HUMAN
          """)
  void withoutHeadersTheTextMayBeTheSecondSign(String body, MessageKind kind) throws Exception {
    Message message = mail().subject("Out of office").body(body.translateEscapes()).build();
    assertThat(standard(message).kind()).isEqualTo(kind);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          customer@x.example   | failure notice        | Hi. This is the qmail-send program at x.     | BOUNCE
          customer@x.example   | failure notice        | I got a failure notice, what is it?          | HUMAN
          customer@x.example   | Mail delivery problem | Hi,\\nthis comes back:\\n\\nsee here:\\nThis is the mail system at host x. | HUMAN
          customer@x.example   | Mail delivery problem | I get this: 550 5.1.1 user unknown           | HUMAN
          postmaster@x.example | A question            | Can you help?                                | HUMAN
          postmaster@x.example | Undeliverable message | Sorry                                        | BOUNCE
          postmaster@x.example | Re: failure notice    | Thanks                                       | HUMAN
          ''                   | Mail Error            | Your mail cannot be delivered to x@y         | BOUNCE
          ''                   | A question            | Can you help?                                | HUMAN
          """)
  void aReportNeedsASenderOrATextToItsTitle(
      String sender, String subject, String body, MessageKind kind) throws Exception {
    Message message = mail().from(sender).subject(subject).body(body.translateEscapes()).build();
    assertThat(standard(message).kind()).isEqualTo(kind);
  }

  @Test
  void whoPassesAReportOnIsAPerson() throws Exception {
    List<Attachment> report =
        List.of(attachment("", "message/delivery-status"), attachment("x.eml", "message/rfc822"));
    assertThat(standard(mail().subject("Fwd: Undeliverable: x").attachments(report).build()).kind())
        .isEqualTo(MessageKind.HUMAN);
    assertThat(standard(mail().subject("Undeliverable: x").attachments(report).build()).kind())
        .isEqualTo(MessageKind.BOUNCE);
  }

  /** Monitoring speaks like mail servers; an incident set aside is the worst of mistakes. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Failed: backup of db-1",
        "Delivery failed: parcel 12",
        "Warning: disk full",
        "Automated backup failed",
        "Message received from the contact form",
        "Rejected: pull request 7",
        "Undelivered parcels today"
      })
  void whatAMachineSaysOfItsOwnAccordIsANotification(String subject) throws Exception {
    assertThat(
            standard(withHeaders(mail().subject(subject), "Auto-Submitted", "auto-generated"))
                .kind())
        .isEqualTo(MessageKind.NOTIFICATION);
  }

  // ---- details

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Undelivered Mail Returned to Sender          | This is the mail system at host x.     | failed
          Delivery Status Notification (Failure)       | Delivery failed permanently            | failed
          Delivery Status Notification (Delay)         | Delivery incomplete                    | delayed
          Warning: could not send message for past 4 hours | **********                         | delayed
          Delayed Mail (still being retried)           | x                                      | delayed
          Verzögerte Zustellung: Frage                 | x                                      | delayed
          Delivery Status Notification                 | THIS IS A WARNING MESSAGE ONLY.        | delayed
          Delivery Status Notification                 | Action: delayed                        | delayed
          Delivery Status Notification (Success)       | x                                      | delivered
          Successful Mail Delivery Report              | x                                      | delivered
          Delivered: Your question                     | Your message has been delivered to the following recipients: | delivered
          Delivery Status Notification                 | Action: relayed                        | delivered
          Something                                    | Something                              | failed
          """)
  void aBounceSaysWhetherItFailedWaitsOrArrived(String subject, String body, String detail)
      throws Exception {
    Verdict verdict =
        standard(mail().from("mailer-daemon@x.example").subject(subject).body(body).build());
    assertThat(verdict.kind()).isEqualTo(MessageKind.BOUNCE);
    assertThat(verdict.detail()).isEqualTo(detail);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          text/calendar; method=REQUEST         | Hello            | request
          text/calendar; method=reply           | Hello            | reply
          text/calendar; method=COUNTER         | Hello            | reply
          text/calendar; charset=utf-8; METHOD="CANCEL" | Hello    | cancel
          text/calendar                         | Abgesagt: Runde  | cancel
          text/calendar                         | Accepté : Réunion| reply
          application/ics                       | 招待: 会議        | request
          """)
  void anInvitationSaysWhatItIs(String type, String subject, String detail) throws Exception {
    Verdict verdict =
        standard(mail().subject(subject).attachments(List.of(attachment("", type))).build());
    assertThat(verdict.kind()).isEqualTo(MessageKind.CALENDAR);
    assertThat(verdict.detail()).isEqualTo(detail);
  }

  @Test
  void whatOnlyPublishesDatesAsksNobody() throws Exception {
    assertThat(
            standard(
                    mail()
                        .subject("Invitation: Fair")
                        .attachments(List.of(attachment("", "text/calendar; method=PUBLISH")))
                        .build())
                .kind())
        .isEqualTo(MessageKind.HUMAN);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          List-Id      | <l.x.example>            | list
          List-Post    | <mailto:l@x.example>     | list
          Mailing-List | contact l-help@x.example | list
          Sender       | owner-l@x.example        | list
          Sender       | "L" <l-bounces+a=b@x.example> | list
          Sender       | ann@x.example            | ''
          Precedence   | list                     | list
          Precedence   | bulk                     | ''
          """)
  void peoplesMailThroughAListSaysSo(String name, String value, String detail) throws Exception {
    Verdict verdict = standard(withHeaders(name, value));
    assertThat(verdict.kind()).isEqualTo(MessageKind.HUMAN);
    assertThat(verdict.detail()).isEqualTo(detail);
  }

  // ---- how headers may look

  @Test
  void headersAreReadInAnyCaseRepeatedFoldedAndEncoded() throws Exception {
    assertThat(
            standard(withHeaders("AUTO-SUBMITTED", "no", "auto-submitted", "auto-replied")).kind())
        .isEqualTo(MessageKind.AUTO_REPLY);
    assertThat(
            standard(
                    withHeaders(
                        "Content-Type", "multipart/report;\r\n\treport-type=delivery-status"))
                .kind())
        .isEqualTo(MessageKind.BOUNCE);
    assertThat(standard(withHeaders("Auto-Submitted", "=?utf-8?Q?auto-replied?=")).kind())
        .isEqualTo(MessageKind.AUTO_REPLY);
    assertThat(standard(withHeaders(" Auto-Submitted ", "  auto-replied\r\n ")).kind())
        .isEqualTo(MessageKind.AUTO_REPLY);
    assertThat(
            standard(mail().subject("=?iso-8859-1?Q?R=E9ponse_automatique_:_x?=").build()).kind())
        .isEqualTo(MessageKind.AUTO_REPLY);
  }

  @Test
  void aVerdictHasEveryReason() throws Exception {
    Verdict verdict =
        standard(
            withHeaders(
                mail().subject("Automatic reply: x"),
                "Auto-Submitted",
                "auto-replied (vacation)",
                "X-Autoreply",
                "yes",
                "Precedence",
                "auto_reply"));
    assertThat(verdict.reasons())
        .containsExactly(
            new Reason("auto-submitted", "auto-replied (vacation)"),
            new Reason("auto-reply-header", "x-autoreply: yes"),
            new Reason("precedence-auto-reply", "auto_reply"),
            new Reason("auto-reply-subject", "Automatic reply: …"));
  }

  // ---- machines and lists

  @ParameterizedTest
  @ValueSource(
      strings = {
        "no-reply@x.example",
        "noreply@x.example",
        "NoReply+1@x.example",
        "do-not-reply@x.example",
        "donotreply@x.example",
        "billing-noreply@x.example",
        "listserv@x.example"
      })
  void aSenderThatReadsNoAnswersIsAMachine(String sender) throws Exception {
    assertThat(standard(mail().from(sender).build()).kind()).isEqualTo(MessageKind.NOTIFICATION);
    assertThat(standard(mail().from("norepley@x.example").build()).kind())
        .isEqualTo(MessageKind.HUMAN);
  }

  @Test
  void aFormOnAWebSitePassesOnWhatAPersonWrote() throws Exception {
    assertThat(
            standard(
                    mail()
                        .from("noreply@forms.example")
                        .replyTo(List.of(new EmailAddress("Ann", "ann@x.example")))
                        .build())
                .kind())
        .isEqualTo(MessageKind.HUMAN);
  }

  @Test
  void aListThatOneMayWriteToIsNoNewsletter() throws Exception {
    String[] newsletter = {
      "List-Unsubscribe", "<https://x.example/u>", "Precedence", "bulk", "Feedback-ID", "1:x"
    };
    assertThat(standard(withHeaders(newsletter)).kind()).isEqualTo(MessageKind.BULK);
    for (String sign : List.of("List-Post", "List-Subscribe", "List-Archive", "X-Mailing-List")) {
      List<String> list = new ArrayList<>(List.of(newsletter));
      list.addAll(List.of(sign, "<mailto:l@x.example>"));
      assertThat(standard(withHeaders(list.toArray(String[]::new))).kind())
          .as(sign)
          .isEqualTo(MessageKind.HUMAN);
    }
    List<String> announcements = new ArrayList<>(List.of(newsletter));
    announcements.addAll(List.of("List-Post", "NO (posting not allowed)"));
    assertThat(standard(withHeaders(announcements.toArray(String[]::new))).kind())
        .isEqualTo(MessageKind.BULK);
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
  void mailWithOurMarkerIsOurs() throws Exception {
    assertThat(standard(withHeaders(MessageFilter.OWN_HEADER, "ticket")).kind())
        .isEqualTo(MessageKind.OWN);
  }

  @Test
  void aFolderThatIsForSentMailOrDraftsMakesItOurs() throws Exception {
    Message message = mail().folders(List.of("AAMk1")).build();
    for (String attribute : List.of("\\Sent", "\\SENT", "\\Drafts")) {
      MessageContext context =
          new MessageContext(
              message, Set.of(), List.of(new Folder("AAMk1", "Gesendet", List.of(attribute))));
      assertThat(MessageFilter.standard().judge(message, context).kind())
          .isEqualTo(MessageKind.OWN);
    }
    MessageContext inbox =
        new MessageContext(
            message, Set.of(), List.of(new Folder("AAMk1", "Sent", List.of("\\Inbox"))));
    assertThat(MessageFilter.standard().judge(message, inbox).kind()).isEqualTo(MessageKind.HUMAN);
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
