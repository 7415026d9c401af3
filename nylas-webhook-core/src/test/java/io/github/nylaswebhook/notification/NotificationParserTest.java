package io.github.nylaswebhook.notification;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.nylaswebhook.Samples;
import io.github.nylaswebhook.notification.NotificationParser.Head;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NotificationParserTest {
  private static List<Notification> parse(byte[] body) throws MalformedNotificationException {
    return NotificationParser.parse(new ByteArrayInputStream(body));
  }

  private static List<Notification> parse(String body) throws MalformedNotificationException {
    return parse(body.getBytes(UTF_8));
  }

  private static Notification only(String body) throws MalformedNotificationException {
    List<Notification> all = parse(body);
    assertThat(all).hasSize(1);
    return all.get(0);
  }

  private static Head head(String body) {
    return NotificationParser.head(new ByteArrayInputStream(body.getBytes(UTF_8)));
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      textBlock =
          """
          real.v3.notification.message.created.truncated,message.created,TRUNCATED,fbdfb,/google/emails/realtime,google,1725951096,1,fgnfgnfgn,sehdg,3e
          real.v3.signed.grant.deleted.body,grant.deleted,'',Kkx2QQB7TWjWM3KXRQQn562394,/nylas/system,-,1717162394,1,a7966b5a-9bc2-44b7-9895-4e2b281ce6be,4c22c3c5-d163-48b6-ad95-45fedc879683,''
          reconstructed.v3.notification.message.created.truncated.body-absent,message.created,TRUNCATED,<WEBHOOK_ID>,/google/emails/realtime,google,1723821985,1,<NYLAS_APPLICATION_ID>,<NYLAS_GRANT_ID>,<MESSAGE_ID>
          reconstructed.v3.notification.message.send_failed,message.send_failed,'',<WEBHOOK_ID>,/nylas/send,-,1723821985,1,<NYLAS_APPLICATION_ID>,<NYLAS_GRANT_ID>,<MESSAGE_ID>
          reconstructed.v3.notification.message.send_success,message.send_success,'',<WEBHOOK_ID>,/nylas/send,-,1723821985,1,<NYLAS_APPLICATION_ID>,<NYLAS_GRANT_ID>,<MESSAGE_ID>
          v3.notification.booking.cancelled,booking.cancelled,'',<WEBHOOK_ID>,/nylas/passthru,-,1725895310,1,<NYLAS_APPLICATION_ID>,<NYLAS_GRANT_ID>,''
          v3.notification.event.created,event.created,'',<WEBHOOK_ID>,/google/events/realtime,google,1695415185,1,<NYLAS_APPLICATION_ID>,<NYLAS_GRANT_ID>,<EVENT_ID>
          v3.notification.folder.created,folder.created,'',<WEBHOOK_ID>,/google/emails/incremental,google,1718210511,1,<NYLAS_APPLICATION_ID>,<NYLAS_GRANT_ID>,<FOLDER_ID>
          v3.notification.folder.deleted,folder.deleted,'',<WEBHOOK_ID>,/google/emails/incremental,google,1718210588,1,<NYLAS_APPLICATION_ID>,<NYLAS_GRANT_ID>,<FOLDER_ID>
          v3.notification.grant.created,grant.created,'',<WEBHOOK_ID>,/nylas/system,-,1723821985,1,<NYLAS_APPLICATION_ID>,<NYLAS_GRANT_ID>,''
          v3.notification.grant.deleted,grant.deleted,'',<WEBHOOK_ID>,/nylas/system,-,1723821985,1,<NYLAS_APPLICATION_ID>,<NYLAS_GRANT_ID>,''
          v3.notification.grant.expired,grant.expired,'',<WEBHOOK_ID>,/nylas/system,-,1739223251,1,<NYLAS_APPLICATION_ID>,<NYLAS_GRANT_ID>,''
          v3.notification.grant.updated,grant.updated,'',<WEBHOOK_ID>,/nylas/system,-,1723821985,1,<NYLAS_APPLICATION_ID>,<NYLAS_GRANT_ID>,''
          v3.notification.message.bounce_detected,message.bounce_detected,'',<WEBHOOK_ID>,/nylas/send,-,1723821985,1,<NYLAS_APPLICATION_ID>,<NYLAS_GRANT_ID>,''
          v3.notification.message.bounced,message.bounced,'',<WEBHOOK_ID>,/nylas/send,-,1723821985,1,<NYLAS_APPLICATION_ID>,<NYLAS_GRANT_ID>,''
          v3.notification.message.created.cleaned,message.created,CLEANED,<WEBHOOK_ID>,/google/emails/realtime,google,1723821985,1,<NYLAS_APPLICATION_ID>,<NYLAS_GRANT_ID>,<MESSAGE_ID>
          v3.notification.message.created,message.created,'',<WEBHOOK_ID>,/google/emails/realtime,google,1723821985,1,<NYLAS_APPLICATION_ID>,<NYLAS_GRANT_ID>,<MESSAGE_ID>
          v3.notification.message.created.metadata,message.created,METADATA,<WEBHOOK_ID>,/google/emails/realtime,google,1723821985,1,<NYLAS_APPLICATION_ID>,<NYLAS_GRANT_ID>,<MESSAGE_ID>
          v3.notification.message.deleted,message.deleted,'',<WEBHOOK_ID>,/google/emails/realtime,google,1723821985,1,<NYLAS_APPLICATION_ID>,<NYLAS_GRANT_ID>,<WEBHOOK_ID>
          v3.notification.message.intelligence.order,message.intelligence.order,'',<WEBHOOK_ID>,/google/emails/historic,google,1716913463,1,<NYLAS_APPLICATION_ID>,<NYLAS_GRANT_ID>,''
          v3.notification.message.link_clicked,message.link_clicked,'',<WEBHOOK_ID>,/com/nylas/tracking,-,1695480423,1,<NYLAS_APPLICATION_ID>,<NYLAS_GRANT_ID>,''
          v3.notification.message.opened,message.opened,'',<WEBHOOK_ID>,/com/nylas/tracking,-,1695480567,1,<NYLAS_APPLICATION_ID>,<NYLAS_GRANT_ID>,''
          v3.notification.message.transactional.bounced,message.transactional.bounced,'',<WEBHOOK_ID>,/nylas/send,-,1723821985,1,<NYLAS_APPLICATION_ID>,'',''
          v3.notification.message.updated,message.updated,'',<WEBHOOK_ID>,/google/emails/realtime,google,1723821985,1,<NYLAS_APPLICATION_ID>,<NYLAS_GRANT_ID>,<MESSAGE_ID>
          v3.notification.thread.replied,thread.replied,'',<WEBHOOK_ID>,/com/nylas/tracking,-,1696007157,1,<NYLAS_APPLICATION_ID>,<NYLAS_GRANT_ID>,''
          """)
  void aSampleIsWhatItsNameSays(
      String sample,
      String type,
      String flags,
      String id,
      String source,
      String provider,
      long time,
      int attempt,
      String application,
      String grant,
      String object)
      throws Exception {
    List<Notification> all = parse(Samples.bytes(sample + ".json"));
    assertThat(all).hasSize(1);
    Notification notification = all.get(0);
    assertThat(notification.id()).isEqualTo(id);
    assertThat(notification.type()).isEqualTo(new TriggerType(type));
    assertThat(notification.flags())
        .isEqualTo(
            Arrays.stream(flags.split(" ", -1))
                .filter(flag -> !flag.isEmpty())
                .map(TriggerFlag::valueOf)
                .collect(Collectors.toSet()));
    assertThat(notification.source()).isEqualTo(source);
    if (provider != null) {
      assertThat(notification.provider()).isEqualTo(provider);
    }
    assertThat(notification.time()).isEqualTo(Instant.ofEpochSecond(time));
    assertThat(notification.deliveryAttempt()).isEqualTo(attempt);
    assertThat(notification.applicationId()).isEqualTo(application);
    assertThat(notification.grantId()).isEqualTo(grant);
    assertThat(notification.objectId()).isEqualTo(object);

    Head head = NotificationParser.head(new ByteArrayInputStream(Samples.bytes(sample + ".json")));
    assertThat(head.id()).isEqualTo(id);
    assertThat(TriggerType.of(head.type())).isEqualTo(new TriggerType(type));
  }

  @Test
  void aV2DeltaHasItsObjectData() throws Exception {
    Notification account = parse(Samples.bytes("v2.notification.account.running.json")).get(0);
    assertThat(account.type()).isEqualTo(new TriggerType("account.running"));
    assertThat(account.id()).isEmpty();
    assertThat(account.grantId()).isEqualTo("cg9razhjs80zqtoz50rox2n6z");
    assertThat(account.objectId()).isEqualTo("cg9razhjs80zqtoz50rox2n6z");
    assertThat(account.time()).isEqualTo(Instant.ofEpochSecond(1601672445));

    Notification created =
        parse(Samples.bytes("v2.notification.message.created.sdk-fixture.json")).get(0);
    assertThat(created.type()).isEqualTo(TriggerType.MESSAGE_CREATED);
    assertThat(created.grantId()).isEqualTo("aaz875kwuvxik6ku7pwkqp3ah");
    assertThat(created.objectId()).isEqualTo("93mgpjynqqu5fohl2dvv6ray7");
  }

  @Test
  void theTutorialsDeltaHasItsData() throws Exception {
    Notification notification =
        only(
            "{\"deltas\":[{\"type\":\"message.created.truncated\",\"date\":\"1723821985\",\"data\":"
                + "{\"grant_id\":\"g\",\"id\":\"m\",\"application_id\":\"a\",\"subject\":\"Hello\"}}]}");
    assertThat(notification.type()).isEqualTo(TriggerType.MESSAGE_CREATED);
    assertThat(notification.has(TriggerFlag.TRUNCATED)).isTrue();
    assertThat(notification.grantId()).isEqualTo("g");
    assertThat(notification.objectId()).isEqualTo("m");
    assertThat(notification.applicationId()).isEqualTo("a");
    assertThat(notification.time()).isEqualTo(Instant.ofEpochSecond(1723821985));
    assertThat(notification.object()).containsEntry("subject", "Hello");
  }

  @Test
  void allDeltasComeInTheirOrder() throws Exception {
    assertThat(
            parse(
                "{\"deltas\":[{\"type\":\"a.b\",\"object_data\":{\"id\":\"1\"}},"
                    + "{\"type\":\"c.d\",\"object_data\":null,\"data\":null},"
                    + "{\"type\":\"e.f\",\"data\":{\"id\":\"3\"}}]}"))
        .extracting(Notification::type, Notification::objectId)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(new TriggerType("a.b"), "1"),
            org.assertj.core.groups.Tuple.tuple(new TriggerType("c.d"), ""),
            org.assertj.core.groups.Tuple.tuple(new TriggerType("e.f"), "3"));
  }

  @Test
  void legacyDeltasInsideTheObjectStayInTheObject() throws Exception {
    Notification notification =
        only(
            "{\"type\":\"message.opened.legacy\",\"id\":\"n\",\"data\":{\"grant_id\":\"g\",\"object\":"
                + "{\"deltas\":[{\"type\":\"message.opened\",\"object_data\":null}]}}}");
    assertThat(notification.type()).isEqualTo(TriggerType.MESSAGE_OPENED);
    assertThat(notification.flags()).isEqualTo(Set.of(TriggerFlag.LEGACY));
    assertThat(notification.grantId()).isEqualTo("g");
    assertThat(notification.object()).containsKey("deltas");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"type\":\"message.send_failed\",\"data\":{\"grant_id\":\"g\",\"object\":null,\"reason\":\"r\"}}",
        "{\"type\":\"message.send_failed\",\"data\":{\"grant_id\":\"g\",\"reason\":\"r\"}}",
        "{\"type\":\"message.send_failed\",\"data\":{\"grant_id\":\"g\",\"object\":[],\"reason\":\"r\"}}"
      })
  void anObjectThatIsNullOrNoObjectIsEmpty(String body) throws Exception {
    Notification notification = only(body);
    assertThat(notification.object()).isEmpty();
    assertThat(notification.objectId()).isEmpty();
    assertThat(notification.grantId()).isEqualTo("g");
    assertThat(notification.data()).containsEntry("reason", "r");
  }

  @Test
  void theGrantIsTheObjectsBeforeTheDatas() throws Exception {
    assertThat(
            only("{\"type\":\"t\",\"data\":{\"grant_id\":\"outer\",\"object\":{\"grant_id\":\"inner\"}}}")
                .grantId())
        .isEqualTo("inner");
  }

  @Test
  void unknownTypesAndMembersAndValuesDoNotFail() throws Exception {
    Notification notification =
        only(
            "{\"specversion\":\"9\",\"type\":\"holodeck.engaged.sideways\",\"id\":7,\"time\":\"soon\","
                + "\"source\":42,\"webhook_delivery_attempt\":\"many\",\"new\":{\"x\":[1,null,true]},"
                + "\"data\":{\"object\":{\"id\":{},\"grant_id\":12},\"more\":false}}");
    assertThat(notification.type()).isEqualTo(new TriggerType("holodeck.engaged.sideways"));
    assertThat(notification.flags()).isEmpty();
    assertThat(notification.id()).isEqualTo("7");
    assertThat(notification.time()).isEqualTo(Instant.EPOCH);
    assertThat(notification.deliveryAttempt()).isZero();
    assertThat(notification.grantId()).isEqualTo("12");
    assertThat(notification.objectId()).isEmpty();
    assertThat(notification.data()).containsEntry("more", false);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "null",
        "[]",
        "\"text\"",
        "12",
        "{",
        "{}",
        "{\"type\":null}",
        "{\"type\":\"\"}",
        "{\"type\":\" \"}",
        "{\"type\":{}}",
        "{\"type\":\"a.b\"",
        "{\"type\":\"a.b\"}{\"type\":\"a.b\"}",
        "{\"type\":\"a.b\"} trailing",
        "{type:'a.b'}",
        "{\"type\":\"a.b\",\"type\":\"c.d\"}",
        "{\"deltas\":[]}",
        "{\"deltas\":[1,null]}",
        "{\"deltas\":[{}]}",
        "<html>",
        "\u0000"
      })
  void whatIsNoNotificationIsMalformed(String body) {
    assertThatThrownBy(() -> parse(body))
        .isInstanceOf(MalformedNotificationException.class)
        .hasMessageNotContaining("trailing");
  }

  @Test
  void deepNestingIsMalformedAndNoStackOverflow() {
    String deep = "{\"type\":\"a.b\",\"id\":\"n\",\"data\":" + "[".repeat(1_000_000);
    assertThatThrownBy(() -> parse(deep)).isInstanceOf(MalformedNotificationException.class);
    String closed =
        "{\"data\":" + "{\"a\":".repeat(100_000) + "1" + "}".repeat(100_000) + ",\"id\":\"n\"}";
    assertThatThrownBy(() -> parse(closed)).isInstanceOf(MalformedNotificationException.class);
    assertThat(head(closed)).isEqualTo(new Head("", ""));
  }

  @Test
  void aByteOrderMarkIsPassedOver() throws Exception {
    String body = "\ufeff{\"type\":\"a.b\",\"id\":\"n\"}";
    assertThat(only(body).id()).isEqualTo("n");
    assertThat(head(body)).isEqualTo(new Head("n", "a.b"));
  }

  @Test
  void theHeadIsFoundBeforeAndBehindTheData() {
    assertThat(head("{\"id\":\"n\",\"type\":\"a.b\",\"data\":{\"id\":\"x\"}}"))
        .isEqualTo(new Head("n", "a.b"));
    assertThat(head("{\"data\":{\"id\":\"x\",\"type\":\"y\"},\"type\":\"a.b\",\"id\":\"n\"}"))
        .isEqualTo(new Head("n", "a.b"));
  }

  @Test
  void aHeadWithoutAnIdOrTypeIsEmptyThere() {
    assertThat(head("{\"type\":\"a.b\",\"data\":{}}")).isEqualTo(new Head("", "a.b"));
    assertThat(head("{\"id\":\"n\",\"data\":{}}")).isEqualTo(new Head("n", ""));
    assertThat(head("{\"id\":17,\"type\":\"a.b\"}")).isEqualTo(new Head("", "a.b"));
    assertThat(head("{\"id\":null,\"type\":[],\"data\":{}}")).isEqualTo(new Head("", ""));
    assertThat(head("{\"deltas\":[{\"type\":\"a.b\",\"id\":\"n\"}]}")).isEqualTo(new Head("", ""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "[]", "x", "{\"id\":\"n\",", "{\"id\":\"n\",\"data\":{\"a\":", "{\"id\":"})
  void theHeadOfWhatIsBrokenBeforeBothAreReadIsEmpty(String body) {
    assertThat(head(body)).isEqualTo(new Head("", ""));
  }

  @Test
  void theHeadOfAMessageKnowsItsThreadAndDate() {
    String object =
        "{\"body\":\"…\",\"date\":1767225600,\"grant_id\":\"g\",\"id\":\"m\",\"thread_id\":\"t\"}";
    for (String type : List.of("message.created", "message.updated.truncated")) {
      String body =
          "{\"id\":\"n\",\"type\":\"" + type + "\",\"data\":{\"x\":{},\"object\":" + object + "}}";
      assertThat(head(body))
          .isEqualTo(new Head("n", type, "g", "t", Instant.parse("2026-01-01T00:00:00Z")));
    }
    assertThat(
            head("{\"id\":\"n\",\"type\":\"thread.replied\",\"data\":{\"object\":" + object + "}}"))
        .isEqualTo(new Head("n", "thread.replied"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "}",
        "\"data\":7}",
        "\"data\":{}}",
        "\"data\":{\"object\":[]}}",
        "\"data\":{\"object\":{\"thread_id\":7,\"grant_id\":null,\"date\":\"soon\"}}}",
        "\"data\":{\"object\":{\"date\":1e300}}}",
        "\"data\":{\"object\":{\"thread_id\":\"t\",",
        "\"data\":{\"object\":{\"thread_id\":\"t\",!"
      })
  void aMessageThatCanNotBeReadHasAHeadAllTheSame(String rest) {
    Head head = head("{\"id\":\"n\",\"type\":\"message.created\"," + rest);
    if (rest.isEmpty() || rest.equals("}")) {
      // Broken before the data.
      assertThat(head).isEqualTo(new Head("", ""));
    } else {
      assertThat(head).isEqualTo(new Head("n", "message.created"));
    }
  }

  @Test
  void theHeadReadsNoFurtherThanItMust() {
    byte[] start = "{\"id\":\"n\",\"type\":\"a.b\",\"data\":{".getBytes(UTF_8);
    InputStream trap =
        new InputStream() {
          @Override
          public int read() {
            throw new AssertionError("The data was read");
          }

          @Override
          public int read(byte[] buffer, int offset, int length) {
            return read();
          }
        };
    InputStream endless = new SequenceInputStream(new ByteArrayInputStream(start), trap);
    assertThat(NotificationParser.head(endless)).isEqualTo(new Head("n", "a.b"));
  }

  @Test
  void whatIsReadCannotBeChanged() throws Exception {
    Notification notification = only("{\"type\":\"a.b\",\"data\":{\"object\":{\"id\":\"m\"}}}");
    Map<String, Object> object = notification.object();
    assertThatThrownBy(() -> object.put("id", "x"))
        .isInstanceOf(UnsupportedOperationException.class);
    Map<String, Object> data = notification.data();
    assertThatThrownBy(() -> data.put("id", "x")).isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void aNotificationInWordsHoldsNoContent() throws Exception {
    assertThat(parse(Samples.bytes("v3.notification.message.created.json")).get(0))
        .asString()
        .doesNotContain("attachment")
        .doesNotContain("swag@example.com")
        .contains("<NYLAS_GRANT_ID>");
  }
}
