package io.github.nylaswebhook.spring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.squareup.moshi.Moshi;
import io.github.nylaswebhook.inbox.RetryPolicy;
import io.github.nylaswebhook.nylas.RateLimit;
import io.github.nylaswebhook.nylas.Region;
import io.github.nylaswebhook.pipeline.FetchPolicy;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.util.unit.DataSize;

class NylasWebhookPropertiesTest {
  private static NylasWebhookProperties bind(Map<String, String> properties) {
    Map<String, Object> named = new TreeMap<>();
    properties.forEach((name, value) -> named.put("nylas.webhook." + name, value));
    return new Binder(new MapConfigurationPropertySource(named))
        .bindOrCreate("nylas.webhook", NylasWebhookProperties.class);
  }

  @Test
  void itsDefaultsAreTheHandlersOwn() {
    NylasWebhookProperties properties = bind(Map.of());
    assertThat(properties.enabled()).isTrue();
    assertThat(properties.path()).isEqualTo("/webhooks/nylas");
    assertThat(properties.secrets()).isEmpty();
    assertThat(properties.apiKey()).isNull();
    assertThat(properties.region()).isEqualTo(Region.US);
    assertThat(properties.fetchPolicy()).isEqualTo(FetchPolicy.ALWAYS);
    assertThat(properties.maxBodySize()).isEqualTo(DataSize.ofMegabytes(2));
    assertThat(properties.retries().toPolicy()).isEqualTo(RetryPolicy.DEFAULT);
    assertThat(
            new RateLimit(
                properties.limits().perGrant().calls(), properties.limits().perGrant().period()))
        .isEqualTo(RateLimit.NYLAS_PER_GRANT);
    assertThat(properties.limits().perApplication().calls()).isNull();
    assertThat(properties.limits().concurrentPerGrant()).isNull();
    assertThat(properties.inbox()).isEqualTo(NylasWebhookProperties.InboxStore.AUTO);
    assertThat(properties.dedup()).isEqualTo(NylasWebhookProperties.ClaimStore.AUTO);
    assertThat(properties.router()).isEqualTo(NylasWebhookProperties.Destination.BEAN);
    assertThat(properties.jdbc().createSchema()).isTrue();
  }

  @Test
  void allOfThemAreBound() {
    Map<String, String> given = new TreeMap<>();
    given.put("enabled", "false");
    given.put("path", "/hooks");
    given.put("secrets", "one,two");
    given.put("api-key", "nyk_1");
    given.put("region", "eu");
    given.put("api-url", "http://localhost:1");
    given.put("support-addresses", "support@acme.example");
    given.put("fetch-policy", "when-incomplete");
    given.put("max-body-size", "1MB");
    given.put("limits.per-grant.calls", "5");
    given.put("limits.per-grant.period", "2s");
    given.put("limits.per-application.calls", "6");
    given.put("limits.per-application.period", "3s");
    given.put("limits.concurrent-per-grant", "4");
    given.put("retries.initial", "2s");
    given.put("retries.max", "1m");
    given.put("retries.max-attempts", "3");
    given.put("retries.max-waiting", "1d");
    given.put("rules-file", "conf/rules.yaml");
    given.put("inbox", "memory");
    given.put("dedup", "redis");
    given.put("router", "log");
    given.put("jdbc.create-schema", "false");

    NylasWebhookProperties properties = bind(given);

    assertThat(properties)
        .isEqualTo(
            new NylasWebhookProperties(
                false,
                "/hooks",
                List.of("one", "two"),
                "nyk_1",
                Region.EU,
                "http://localhost:1",
                List.of("support@acme.example"),
                FetchPolicy.WHEN_INCOMPLETE,
                DataSize.ofMegabytes(1),
                new NylasWebhookProperties.Limits(
                    new NylasWebhookProperties.PerGrant(5, Duration.ofSeconds(2)),
                    new NylasWebhookProperties.PerApplication(6, Duration.ofSeconds(3)),
                    4),
                new NylasWebhookProperties.Retries(
                    Duration.ofSeconds(2), Duration.ofMinutes(1), 3, Duration.ofDays(1)),
                Path.of("conf/rules.yaml"),
                NylasWebhookProperties.InboxStore.MEMORY,
                NylasWebhookProperties.ClaimStore.REDIS,
                NylasWebhookProperties.Destination.LOG,
                new NylasWebhookProperties.Jdbc(false)));
    assertThat(properties.toString()).doesNotContain("one", "two", "nyk_1");
    assertThat(given.keySet()).isEqualTo(metadata().keySet());
  }

  @ParameterizedTest
  @CsvSource({
    "path, webhooks, /webhooks/nylas",
    "path, /webhooks/*, wildcards",
    "path, /webhooks/, slash",
    "api-url, ftp://nylas, https://api.eu.nylas.com",
    "api-url, nonsense, https",
    "support-addresses[0], acme.example, support@example.com",
    "max-body-size, 3GB, less than 2 GB",
    "limits.per-grant.calls, 0, 1 or more",
    "limits.per-grant.period, PT0S, 1s",
    "limits.per-application.calls, -1, 1 or more",
    "limits.per-application.period, PT-1S, 1s",
    "limits.concurrent-per-grant, 0, leave it out",
    "retries.initial, PT0S, 1s",
    "retries.max, PT0.5S, retries.initial",
    "retries.max-attempts, 0, 1 or more",
    "retries.max-waiting, PT0S, 1s",
  })
  void whatCantBeIsRefusedByItsNameItsValueAndWhatToDo(String name, String value, String remedy) {
    Throwable failure = catchThrowable(() -> bind(Map.of(name, value)));
    assertThat(failure).isNotNull();
    assertThat(failure.getCause()).isNotNull();
    NylasWebhookConfigurationException said = null;
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof NylasWebhookConfigurationException ours) {
        said = ours;
      }
    }
    assertThat(said).isNotNull();
    assertThat(said.problem()).startsWith("nylas.webhook." + name + " is \"");
    if (!name.equals("max-body-size")) {
      assertThat(said.problem()).contains("\"" + value + "\"");
    }
    assertThat(said.getMessage()).contains(remedy);
    assertThat(said.remedy()).contains("Change nylas.webhook." + name);
  }

  @ParameterizedTest
  @CsvSource({"secrets[0], ' '", "api-key, ' '", "api-key, 'nyk_hidden with a blank'"})
  void secretsArentQuoted(String name, String value) {
    Throwable failure = catchThrowable(() -> bind(Map.of(name, value)));
    assertThat(failure)
        .hasRootCauseInstanceOf(NylasWebhookConfigurationException.class)
        .rootCause()
        .hasMessageStartingWith("nylas.webhook." + name + " is blank")
        .hasMessageNotContaining("nyk_hidden");
  }

  @Test
  void everyPropertyIsDescribedForEditors() {
    Map<String, Map<String, Object>> properties = metadata();
    assertThat(properties).hasSize(23);
    properties.forEach(
        (name, property) -> {
          assertThat((String) property.get("type")).as("type of " + name).isNotBlank();
          assertThat((String) property.get("description"))
              .as("description of " + name)
              .hasSizeGreaterThan(15);
        });
    assertThat(properties.get("path")).containsEntry("defaultValue", "/webhooks/nylas");
    assertThat(properties.get("retries.max")).containsEntry("defaultValue", "5m");
    assertThat(parts("hints"))
        .extracting(hint -> hint.get("name"))
        .contains("nylas.webhook.inbox", "nylas.webhook.dedup", "nylas.webhook.router");
  }

  private static Map<String, Map<String, Object>> metadata() {
    Map<String, Map<String, Object>> properties = new TreeMap<>();
    for (Map<String, Object> property : parts("properties")) {
      properties.put(
          ((String) property.get("name")).substring("nylas.webhook.".length()), property);
    }
    return properties;
  }

  /** Of our file, of those that the class path has. */
  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> parts(String member) {
    List<Map<String, Object>> parts = new ArrayList<>();
    try {
      for (URL file :
          Collections.list(
              NylasWebhookProperties.class
                  .getClassLoader()
                  .getResources("META-INF/spring-configuration-metadata.json"))) {
        try (InputStream in = file.openStream()) {
          String json = new String(in.readAllBytes(), UTF_8);
          Map<String, Object> metadata =
              (Map<String, Object>)
                  new Moshi.Builder().build().adapter(Object.class).fromJson(json);
          for (Map<String, Object> part : (List<Map<String, Object>>) metadata.get(member)) {
            if (((String) part.get("name")).startsWith("nylas.webhook.")) {
              parts.add(part);
            }
          }
        }
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return parts;
  }
}
