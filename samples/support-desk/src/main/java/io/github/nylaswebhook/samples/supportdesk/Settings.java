package io.github.nylaswebhook.samples.supportdesk;

import io.github.nylaswebhook.categorize.RuleSet;
import io.github.nylaswebhook.nylas.NylasClient;
import io.github.nylaswebhook.nylas.Region;
import io.github.nylaswebhook.redis.RedisDedupStore;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** What the support desk is told by its environment. */
record Settings(
    List<String> webhookSecrets,
    String apiKey,
    String apiUrl,
    int port,
    List<String> supportAddresses,
    List<String> vipDomains,
    String rulesFile,
    String ticketsToken,
    StorageSettings storage,
    String redisUrl,
    DestinationSettings destinations) {

  static final int DEFAULT_PORT = 8080;

  /** The environment says too little, or something that can't be. The message is for a person. */
  static final class InvalidException extends Exception {
    private static final long serialVersionUID = 1L;

    InvalidException(String message) {
      super(message);
    }
  }

  static Settings of(Map<String, String> environment, boolean memory) throws InvalidException {
    List<String> missing = new ArrayList<>();
    for (String name : List.of("NYLAS_WEBHOOK_SECRET", "NYLAS_API_KEY")) {
      if (environment.getOrDefault(name, "").isBlank()) {
        missing.add(name);
      }
    }
    if (!missing.isEmpty()) {
      throw new InvalidException(
          "Missing in the environment: " + String.join(", ", missing) + " (--help says more)");
    }
    List<String> secrets = list(environment.getOrDefault("NYLAS_WEBHOOK_SECRET", ""));
    if (secrets.isEmpty()) {
      throw new InvalidException("NYLAS_WEBHOOK_SECRET holds no secret, only commas");
    }
    return new Settings(
        secrets,
        apiKey(environment.getOrDefault("NYLAS_API_KEY", "").strip()),
        url(environment.getOrDefault("NYLAS_API_URL", Region.US.baseUrl())),
        port(environment),
        list(environment.getOrDefault("SUPPORT_ADDRESSES", "")),
        environment.containsKey("VIP_DOMAINS")
            ? list(environment.getOrDefault("VIP_DOMAINS", ""))
            : RuleSet.TUTORIAL_VIP_DOMAINS,
        rulesFile(environment),
        environment.getOrDefault("TICKETS_TOKEN", "").strip(),
        StorageSettings.of(environment, memory),
        redisUrl(environment.getOrDefault("REDIS_URL", "").strip()),
        DestinationSettings.of(environment));
  }

  static int port(Map<String, String> environment) throws InvalidException {
    String value = environment.getOrDefault("PORT", Integer.toString(DEFAULT_PORT)).strip();
    try {
      int port = Integer.parseInt(value);
      if (port >= 0 && port <= 65_535) {
        return port;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new InvalidException("PORT isn't a port number: \"" + value + "\"");
  }

  private static String apiKey(String value) throws InvalidException {
    try {
      NylasClient.builder(value);
      return value;
    } catch (IllegalArgumentException e) {
      throw new InvalidException("NYLAS_API_KEY can't be used: " + e.getMessage());
    }
  }

  /** Empty if there is none. */
  private static String rulesFile(Map<String, String> environment) throws InvalidException {
    String value = environment.getOrDefault("RULES_FILE", "").strip();
    if (!value.isEmpty() && environment.containsKey("VIP_DOMAINS")) {
      throw new InvalidException(
          "VIP_DOMAINS and RULES_FILE don't go together: name the domains in the file, as \"vip\"");
    }
    return value;
  }

  private static String url(String value) throws InvalidException {
    try {
      URI url = new URI(value.strip());
      String scheme = String.valueOf(url.getScheme());
      if ((scheme.equals("http") || scheme.equals("https")) && url.getHost() != null) {
        return url.toString();
      }
    } catch (URISyntaxException e) {
      // Said below.
    }
    throw new InvalidException("NYLAS_API_URL isn't an http or https URL: \"" + value + "\"");
  }

  /** Empty if there is none. Doesn't quote what can't be: it may hold a password. */
  private static String redisUrl(String value) throws InvalidException {
    if (!value.isEmpty()) {
      try {
        RedisDedupStore.builder(value);
      } catch (IllegalArgumentException e) {
        throw new InvalidException(
            "REDIS_URL isn't a Redis URL; those are redis://host:6379, rediss://:password@host:6379"
                + " (TLS), redis-sentinel://host:26379/#name");
      }
    }
    return value;
  }

  private static List<String> list(String commaSeparated) {
    return Arrays.stream(commaSeparated.split(",", -1))
        .map(String::strip)
        .filter(value -> !value.isEmpty())
        .toList();
  }

  /** Without the secrets. */
  @Override
  public String toString() {
    return "Settings[" + apiUrl + ", port " + port + "]";
  }
}
