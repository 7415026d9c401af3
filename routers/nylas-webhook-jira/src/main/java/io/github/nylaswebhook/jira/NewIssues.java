package io.github.nylaswebhook.jira;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.nylaswebhook.categorize.Priority;
import io.github.nylaswebhook.destination.DestinationRefusedException;
import io.github.nylaswebhook.inbox.PermanentException;
import io.github.nylaswebhook.internal.Clocks;
import io.github.nylaswebhook.internal.Json;
import io.github.nylaswebhook.ticket.Ticket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes issues of mails, whatever fields the project's screens have: what Jira refuses is left out,
 * if an issue is of use without it. Safe for use by many threads.
 */
final class NewIssues {
  /** Jira says less than 255. */
  private static final int MAX_SUMMARY = 254;

  /** Jira takes 255 characters. */
  private static final int MAX_LABEL = 100;

  /** A document that is too long is halved so often, at most. */
  static final int HALVINGS = 3;

  /** One request for each set of fields that Jira refuses; it names all that it finds at once. */
  private static final int MAX_REFUSALS = 8;

  /** The project's screens may have been mended by then. */
  private static final Duration FORGET_FIELDS = Duration.ofHours(1);

  /** More than any project has fields, and names of priorities. */
  private static final int MAX_REMEMBERED = 10_000;

  /** Without these an issue is of no use, or can't be found again. */
  private static final Set<String> NEEDED =
      Set.of("project", "issuetype", "summary", "description", "labels");

  private static final Logger log = LoggerFactory.getLogger(JiraTicketRouter.class);

  private final String project;
  private final String issueType;
  private final Map<Priority, String> priorities;
  private final Function<Ticket, Map<String, Object>> fields;
  private final long carriedUpTo;

  /** Fields that the screen lacks, and {@code priority=} with names that aren't known. */
  private final Cache<String, Boolean> refused;

  NewIssues(
      String project,
      String issueType,
      Map<Priority, String> priorities,
      Function<Ticket, Map<String, Object>> fields,
      long carriedUpTo,
      InstantSource clock) {
    this.project = project;
    this.issueType = issueType;
    this.priorities = priorities;
    this.fields = fields;
    this.carriedUpTo = carriedUpTo;
    refused =
        Caffeine.newBuilder()
            .maximumSize(MAX_REMEMBERED)
            .expireAfterWrite(FORGET_FIELDS)
            .ticker(Clocks.ticker(clock))
            .executor(Runnable::run)
            .build();
  }

  /**
   * Makes an issue, with as much of the text and as many of the fields as Jira takes.
   *
   * @param continues the issue that it goes on from; empty if there is none
   * @return its key
   */
  String create(JiraApi api, Ticket ticket, String continues) {
    Map<String, Object> optional = optionalFields(ticket);
    int limit = MailDocument.MAX_LENGTH;
    int halved = 0;
    for (int refusals = 0; ; refusals++) {
      try {
        return api.create(issue(ticket, continues, optional, limit));
      } catch (DestinationRefusedException e) {
        Map<String, String> errors = e.status() == 400 ? JiraApi.errors(e) : Map.of();
        if (refusals >= MAX_REFUSALS) {
          throw e;
        }
        if (halved < HALVINGS && isTooLong(e, "description", ticket)) {
          limit /= 2;
          halved++;
        } else if (!errors.isEmpty() && optional.keySet().containsAll(errors.keySet())) {
          errors.forEach((field, why) -> leaveOut(field, why, optional, ticket));
        } else {
          throw refusal(api, e, errors);
        }
      }
    }
  }

  /** What is wrong for one ticket is wrong for all, so it is said what to mend, if it is known. */
  private RuntimeException refusal(
      JiraApi api, DestinationRefusedException e, Map<String, String> errors) {
    if (!errors.isEmpty()) {
      // To those who aren't logged in, Jira says this of all fields.
      api.requireSight(project);
    }
    return errors.containsKey("labels")
        ? new PermanentException(
            "jira can't set labels on issues of type "
                + issueType
                + " in project "
                + project
                + ", by which an issue is found again: add the field Labels to its screens\n"
                + e.body(),
            e)
        : e;
  }

  private void leaveOut(String field, String why, Map<String, Object> optional, Ticket ticket) {
    optional.remove(field);
    if (why.contains("screen")) {
      refused.put(field, true);
      log.warn(
          "Jira can't set the field {} on issues of type {} in project {}; they go without it",
          field,
          issueType,
          project);
    } else if (field.equals("priority")) {
      String name = priorities.getOrDefault(ticket.priority(), "");
      refused.put("priority=" + name, true);
      log.warn(
          "Jira doesn't know the priority {} in project {}; issues go without it", name, project);
    } else {
      log.warn(
          "Jira refuses the value of the field {} for message {}; its issue goes without it",
          field,
          ticket.messageId());
    }
    log.debug("Jira says: {}", why);
  }

  private Map<String, Object> optionalFields(Ticket ticket) {
    Map<String, Object> optional = new LinkedHashMap<>(fields.apply(ticket));
    for (String name : NEEDED) {
      if (optional.containsKey(name)) {
        throw new PermanentException(
            "fields(…) gives the field " + name + ", which is the router's own");
      }
    }
    try {
      Json.write(optional);
    } catch (IllegalArgumentException e) {
      throw new PermanentException("fields(…) gives what JSON doesn't have", e);
    }
    String priority = priorities.get(ticket.priority());
    if (priority != null && refused.getIfPresent("priority=" + priority) == null) {
      optional.putIfAbsent("priority", Map.of("name", priority));
    }
    optional.keySet().removeIf(field -> refused.getIfPresent(field) != null);
    return optional;
  }

  private Map<String, Object> issue(
      Ticket ticket, String continues, Map<String, Object> optional, int limit) {
    Map<String, Object> all = new LinkedHashMap<>(optional);
    all.put("project", Map.of("key", project));
    all.put("issuetype", Map.of("name", issueType));
    all.put("summary", summary(ticket));
    all.put("description", MailDocument.description(ticket, continues, carriedUpTo, limit));
    all.put("labels", labels(ticket));
    return Map.of("fields", all, "properties", List.of(property(ticket)));
  }

  private static String summary(Ticket ticket) {
    String subject = Adf.line(ticket.subject(), MAX_SUMMARY);
    if (!subject.isEmpty()) {
      return subject;
    }
    String excerpt = Adf.line(ticket.excerpt(), MAX_SUMMARY / 2);
    return excerpt.isEmpty() ? "(no subject)" : excerpt;
  }

  /** Labels have no spaces. */
  private static List<String> labels(Ticket ticket) {
    Set<String> labels = new LinkedHashSet<>();
    labels.add(JiraTicketRouter.label(ticket));
    labels.add(ticket.category());
    labels.addAll(ticket.tags().stream().sorted().toList());
    return labels.stream()
        .map(label -> Adf.cut(Adf.line(label, Integer.MAX_VALUE).replace(' ', '-'), MAX_LABEL))
        .filter(label -> !label.isEmpty())
        .distinct()
        .toList();
  }

  /** By which a mail is known again, on its issue or comment. */
  static Map<String, Object> property(Ticket ticket) {
    return Map.of(
        "key",
        JiraTicketRouter.PROPERTY,
        "value",
        Map.of(
            "reference", JiraTicketRouter.label(ticket),
            "message", ticket.messageId(),
            "grant", ticket.grantId(),
            "key", ticket.idempotencyKey()));
  }

  /** Jira's words for it are many, and in the account's language. */
  static boolean isTooLong(DestinationRefusedException e, String field, Ticket ticket) {
    return e.status() == 400
        && ticket.text().length() > MailDocument.MAX_LENGTH / (2 << HALVINGS)
        && (e.body().contains("CONTENT_LIMIT_EXCEEDED")
            || e.body().contains("32,767")
            || (JiraApi.errors(e).containsKey(field)
                && !JiraApi.errors(e).getOrDefault(field, "").contains("screen")));
  }
}
