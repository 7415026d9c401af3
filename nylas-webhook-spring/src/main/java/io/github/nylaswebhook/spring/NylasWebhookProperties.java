package io.github.nylaswebhook.spring;

import io.github.nylaswebhook.inbox.RetryPolicy;
import io.github.nylaswebhook.nylas.Region;
import io.github.nylaswebhook.pipeline.FetchPolicy;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What is configured under {@code nylas.webhook}.
 *
 * @param enabled whether anything is configured at all
 * @param path where Nylas calls the webhook, below the context path and the servlet's path
 * @param secrets the webhook's secrets, as Nylas showed them; two while one is rotated
 * @param apiKey the Nylas application's API key, by which messages are fetched
 * @param region where Nylas keeps the application's data
 * @param apiUrl another server than the region's, for tests and proxies
 * @param supportAddresses the addresses that answers are sent from: mail from them makes no ticket
 * @param fetchPolicy when a message is fetched before it is judged
 * @param maxBodySize the largest delivery, as it travels; larger ones are answered 413
 * @param limits how fast Nylas' API is asked
 * @param retries when what failed is tried again
 * @param rulesFile the rules of the categorizer, in JSON or YAML; read anew when the file changes
 * @param inbox where deliveries are kept until they are done; auto is the database if there is one
 * @param dedup where it is kept which messages were routed; auto is Redis if it is there, else
 *     where the inbox is
 * @param router where tickets go
 * @param jdbc what is kept in the database
 */
@ConfigurationProperties("nylas.webhook")
public record NylasWebhookProperties(
    @DefaultValue("true") boolean enabled,
    @DefaultValue("/webhooks/nylas") String path,
    @DefaultValue List<String> secrets,
    @Nullable String apiKey,
    @DefaultValue("us") Region region,
    @Nullable String apiUrl,
    @DefaultValue List<String> supportAddresses,
    @DefaultValue("always") FetchPolicy fetchPolicy,
    @DefaultValue("2MB") DataSize maxBodySize,
    @DefaultValue Limits limits,
    @DefaultValue Retries retries,
    @Nullable Path rulesFile,
    @DefaultValue("auto") InboxStore inbox,
    @DefaultValue("auto") ClaimStore dedup,
    @DefaultValue("bean") Destination router,
    @DefaultValue Jdbc jdbc) {
  private static final String PREFIX = "nylas.webhook.";

  /** Where deliveries are kept. */
  public enum InboxStore {
    /** The database if nylas-webhook-jdbc and a DataSource are there, else the memory. */
    AUTO,
    /** In this process: what is acknowledged and not yet routed ends with it. */
    MEMORY,
    /** In the DataSource's database. */
    JDBC
  }

  /** Where claims are kept. */
  public enum ClaimStore {
    /** Redis if nylas-webhook-redis and a connection are there, else where the inbox is. */
    AUTO,
    /** In this process; for one node only. */
    MEMORY,
    /** In the DataSource's database. */
    JDBC,
    /** In Redis. */
    REDIS
  }

  /** Where tickets go. */
  public enum Destination {
    /** To the bean of type TicketRouter. */
    BEAN,
    /** To the log, by their ids; for a first try. */
    LOG
  }

  public NylasWebhookProperties {
    secrets = List.copyOf(secrets);
    supportAddresses = List.copyOf(supportAddresses);
    require(
        path.startsWith("/") && path.chars().noneMatch(c -> "*?{}#; ".indexOf(c) >= 0),
        "path",
        path,
        "isn't a path",
        "give it a slash and then names, /webhooks/nylas for example, without wildcards");
    require(
        path.length() == 1 || !path.endsWith("/"),
        "path",
        path,
        "ends with a slash",
        "leave it out: the webhook is under exactly this path");
    for (int i = 0; i < secrets.size(); i++) {
      require(
          !secrets.get(i).isBlank(),
          "secrets[" + i + "]",
          "",
          "is blank",
          "set it to the secret that Nylas showed when the webhook was created, or leave it out");
    }
    require(
        apiKey == null || (!apiKey.isBlank() && apiKey.chars().allMatch(c -> c > ' ' && c < 0x7f)),
        "api-key",
        "",
        "is blank, or has characters that no API key has",
        "set it to the API key that Nylas' dashboard shows for the application");
    require(
        apiUrl == null || isHttp(apiUrl),
        "api-url",
        String.valueOf(apiUrl),
        "isn't an http or https URL",
        "leave it out for the region's own, or set it to one like https://api.eu.nylas.com");
    for (int i = 0; i < supportAddresses.size(); i++) {
      String address = supportAddresses.get(i);
      require(
          address.indexOf('@') > 0 && address.chars().noneMatch(c -> c <= ' ' || c == '<'),
          "support-addresses[" + i + "]",
          address,
          "isn't an e-mail address",
          "give the bare address, support@example.com for example");
    }
    require(
        maxBodySize.toBytes() > 0 && maxBodySize.toBytes() < Integer.MAX_VALUE,
        "max-body-size",
        maxBodySize.toString(),
        "is out of range",
        "give more than nothing and less than 2 GB; Nylas sends 1 MB at most");
  }

  /**
   * How fast Nylas' API is asked.
   *
   * @param perGrant the limit of each grant
   * @param perApplication the limit of all grants together
   * @param concurrentPerGrant how many calls for one grant this node may have under way; Microsoft
   *     wants at most 4, of all nodes together. Not limited if left out
   */
  public record Limits(
      @DefaultValue PerGrant perGrant,
      @DefaultValue PerApplication perApplication,
      @Nullable Integer concurrentPerGrant) {
    public Limits {
      require(
          concurrentPerGrant == null || concurrentPerGrant > 0,
          "limits.concurrent-per-grant",
          String.valueOf(concurrentPerGrant),
          "isn't positive",
          "give 1 or more, or leave it out for no limit");
    }
  }

  /**
   * The limit of each grant.
   *
   * @param calls how many calls in a period; Nylas allows 200 a second
   * @param period the time in which so many calls may be made
   */
  public record PerGrant(@DefaultValue("200") int calls, @DefaultValue("1s") Duration period) {
    public PerGrant {
      requireCalls(calls, "limits.per-grant.calls");
      requirePositive(period, "limits.per-grant.period");
    }
  }

  /**
   * The limit of all grants together.
   *
   * @param calls how many calls in a period; not limited if left out, as Nylas does. Google allows
   *     10000 a minute
   * @param period the time in which so many calls may be made
   */
  public record PerApplication(@Nullable Integer calls, @DefaultValue("1m") Duration period) {
    public PerApplication {
      requireCalls(calls == null ? 1 : calls, "limits.per-application.calls");
      requirePositive(period, "limits.per-application.period");
    }
  }

  /**
   * When what failed is tried again.
   *
   * @param initial the first pause; each is twice the one before
   * @param max the longest pause
   * @param maxAttempts after so many counted tries a delivery is a dead letter
   * @param maxWaiting a delivery that has waited so long, without failing, is a dead letter too
   */
  public record Retries(
      @DefaultValue("1s") Duration initial,
      @DefaultValue("5m") Duration max,
      @DefaultValue("12") int maxAttempts,
      @DefaultValue("7d") Duration maxWaiting) {
    public Retries {
      requirePositive(initial, "retries.initial");
      require(
          max.compareTo(initial) >= 0,
          "retries.max",
          max.toString(),
          "is shorter than nylas.webhook.retries.initial (" + initial + ")",
          "give the longest pause between two tries, 5m for example");
      require(
          maxAttempts > 0,
          "retries.max-attempts",
          Integer.toString(maxAttempts),
          "isn't positive",
          "give 1 or more; 1 never tries again");
      requirePositive(maxWaiting, "retries.max-waiting");
    }

    RetryPolicy toPolicy() {
      return new RetryPolicy(initial, max, maxAttempts, maxWaiting);
    }
  }

  /**
   * What is kept in the database.
   *
   * @param createSchema whether the tables are made if they are missing
   */
  public record Jdbc(@DefaultValue("true") boolean createSchema) {}

  /** Without the secrets and the API key. */
  @Override
  public String toString() {
    return "NylasWebhookProperties[path=" + path + ", inbox=" + inbox + ", dedup=" + dedup + "]";
  }

  private static boolean isHttp(String url) {
    try {
      URI uri = URI.create(url);
      return ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
          && uri.getHost() != null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static void requireCalls(int calls, String name) {
    require(calls > 0, name, Integer.toString(calls), "isn't positive", "give 1 or more");
  }

  private static void requirePositive(Duration value, String name) {
    require(
        !value.isNegative() && !value.isZero(),
        name,
        value.toString(),
        "isn't longer than nothing",
        "give a time with its unit, 1s for example");
  }

  /** What was found is left empty where it is a secret. */
  private static void require(
      boolean holds, String name, String found, String problem, String remedy) {
    if (!holds) {
      throw new NylasWebhookConfigurationException(
          PREFIX + name + (found.isEmpty() ? " " : " is \"" + found + "\", which ") + problem,
          "Change " + PREFIX + name + ": " + remedy + ".");
    }
  }
}
