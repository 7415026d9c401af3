package io.github.nylaswebhook.samples.supportdesk;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where tickets go, as the environment says.
 *
 * @param names what {@code ROUTER} lists
 * @param environment everything else that a destination may need
 */
record DestinationSettings(Set<String> names, Map<String, String> environment) {
  static final String DATABASE = "database";

  /** What each destination can't do without. */
  static final Map<String, List<String>> NEEDS =
      Map.of(
          DATABASE,
          List.of(),
          "http",
          List.of("TICKET_URL", "TICKET_SECRET"),
          "jira",
          List.of("JIRA_URL", "JIRA_PROJECT", "JIRA_EMAIL", "JIRA_API_TOKEN"),
          "jms",
          List.of("JMS_URL"),
          "slack",
          List.of("SLACK_BOT_TOKEN", "SLACK_CHANNEL"),
          "slack-webhook",
          List.of("SLACK_WEBHOOK_URL"),
          "zendesk",
          List.of("ZENDESK_URL", "ZENDESK_EMAIL", "ZENDESK_API_TOKEN"));

  static DestinationSettings of(Map<String, String> environment) throws Settings.InvalidException {
    List<String> names =
        Arrays.stream(environment.getOrDefault("ROUTER", DATABASE).split(",", -1))
            .map(String::strip)
            .filter(name -> !name.isEmpty())
            .toList();
    Set<String> distinct = new LinkedHashSet<>(names);
    if (names.isEmpty()) {
      throw new Settings.InvalidException("ROUTER names no destination: it is one of " + known());
    }
    if (distinct.size() < names.size()) {
      throw new Settings.InvalidException("ROUTER names a destination twice: " + names);
    }
    List<String> missing = new ArrayList<>();
    for (String name : names) {
      List<String> needs = NEEDS.get(name);
      if (needs == null) {
        throw new Settings.InvalidException(
            "ROUTER doesn't know \""
                + name
                + "\": it is one or several, with commas, of "
                + known());
      }
      for (String variable : needs) {
        if (environment.getOrDefault(variable, "").isBlank()) {
          missing.add(variable + " (for ROUTER=" + name + ")");
        }
      }
    }
    if (!missing.isEmpty()) {
      throw new Settings.InvalidException(
          "Missing in the environment: " + String.join(", ", missing) + "; --help says more");
    }
    return new DestinationSettings(distinct, environment);
  }

  private static String known() {
    return String.join(", ", NEEDS.keySet().stream().sorted().toList());
  }

  /** Empty if it isn't set. */
  String get(String variable) {
    return environment.getOrDefault(variable, "").strip();
  }

  String get(String variable, String otherwise) {
    String value = get(variable);
    return value.isEmpty() ? otherwise : value;
  }

  /** Whether the desk's own tickets are among them. */
  boolean database() {
    return names.contains(DATABASE);
  }

  /** Without the secrets. */
  @Override
  public String toString() {
    return "DestinationSettings" + names;
  }
}
