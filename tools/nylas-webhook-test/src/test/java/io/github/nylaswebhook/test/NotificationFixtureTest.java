package io.github.nylaswebhook.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.nylaswebhook.notification.Notification;
import io.github.nylaswebhook.notification.NotificationParser;
import io.github.nylaswebhook.notification.TriggerFlag;
import io.github.nylaswebhook.notification.TriggerType;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class NotificationFixtureTest {
  private static final Mail MAIL =
      Mail.of("grant-1", "message-1").subject("Hi").body("<p>there</p>").header("X-One", "1");

  @Test
  void aNewMailIsToldInFullWithoutHeaders() throws IOException {
    Notification told = parse(NotificationFixture.created(MAIL));

    assertThat(told.type()).isEqualTo(TriggerType.MESSAGE_CREATED);
    assertThat(told.grantId()).isEqualTo("grant-1");
    assertThat(told.objectId()).isEqualTo("message-1");
    assertThat(told.applicationId()).isEqualTo("test-application");
    assertThat(told.object().get("body")).isEqualTo("<p>there</p>");
    assertThat(told.object().containsKey("headers")).isFalse();
  }

  @Test
  void aTruncatedOneHasAnEmptyBody() throws IOException {
    NotificationFixture fixture = NotificationFixture.created(MAIL, TriggerFlag.TRUNCATED);
    Notification told = parse(fixture);

    assertThat(new String(fixture.json(), java.nio.charset.StandardCharsets.UTF_8))
        .contains("\"type\":\"message.created.truncated\"");
    assertThat(told.has(TriggerFlag.TRUNCATED)).isTrue();
    assertThat(told.object().get("body")).isEqualTo("");
    assertThat(told.object().get("snippet")).isEqualTo("there");
  }

  @Test
  void aMetadataOneHasHeadersAndNoText() throws IOException {
    Notification told = parse(NotificationFixture.updated(MAIL, TriggerFlag.METADATA));

    assertThat(told.type()).isEqualTo(TriggerType.MESSAGE_UPDATED);
    assertThat(told.has(TriggerFlag.METADATA)).isTrue();
    assertThat(told.object().containsKey("headers")).isTrue();
    assertThat(told.object().containsKey("body")).isFalse();
    assertThat(told.object().containsKey("snippet")).isFalse();
    assertThat(told.object().containsKey("attachments")).isFalse();
  }

  @Test
  void aCleanedOneSaysSo() throws IOException {
    Notification told = parse(NotificationFixture.created(MAIL, TriggerFlag.CLEANED));

    assertThat(told.has(TriggerFlag.CLEANED)).isTrue();
    assertThat(told.object().get("cleaning_status")).isEqualTo("success");
  }

  @Test
  void eachHasAnIdOfItsOwnThatStaysThroughItsAttempts() {
    NotificationFixture one = NotificationFixture.created(MAIL);

    assertThat(one.id()).isNotEqualTo(NotificationFixture.created(MAIL).id());
    assertThat(one.attempt(2).id()).isEqualTo(one.id());
    assertThat(one.attempt(2).json()).isNotEqualTo(one.json());
  }

  @Test
  void changingOneLeavesTheOtherAsItWas() {
    NotificationFixture one = NotificationFixture.created(MAIL);
    byte[] before = one.json();
    one.id("x").attempt(3).time(Instant.EPOCH).source("s").application("a").data("d", 1).gzip();

    assertThat(one.json()).isEqualTo(before);
    assertThat(one.isGzip()).isFalse();
    assertThat(one.gzip().isGzip()).isTrue();
  }

  @Test
  void carriesWhatItIsGiven() throws IOException {
    Notification told =
        parse(
            NotificationFixture.of("grant.expired")
                .id("n-1")
                .time(Instant.ofEpochSecond(1_700_000_000))
                .application("app-2")
                .data("grant_id", "grant-9"));

    assertThat(told.id()).isEqualTo("n-1");
    assertThat(told.time()).isEqualTo(Instant.ofEpochSecond(1_700_000_000));
    assertThat(told.applicationId()).isEqualTo("app-2");
    assertThat(told.grantId()).isEqualTo("grant-9");
  }

  private static Notification parse(NotificationFixture fixture) throws IOException {
    return NotificationParser.parse(new ByteArrayInputStream(fixture.json())).get(0);
  }
}
