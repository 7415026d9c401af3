package io.github.nylaswebhook.jira;

import io.github.nylaswebhook.internal.Json;
import io.github.nylaswebhook.test.DestinationStandIn;
import io.github.nylaswebhook.test.TicketRouterContract.Standing;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;

/** Jira Cloud as its documentation describes it, with a project SUP and a search that lags. */
final class JiraStandIn extends DestinationStandIn implements Standing {
  static final String AUTHORIZATION = "Basic bWVAeC5leGFtcGxlOnRva2Vu";

  private static final Pattern QUERY =
      Pattern.compile("labels = \"([^\"]+)\" ORDER BY created ASC");
  private static final Pattern FILE =
      Pattern.compile("name=\"file\"; filename=\"([^\"]*)\"\r\n(?:[^\r\n]+\r\n)*\r\n");

  final Set<String> screen = new HashSet<>(Set.of("priority", "customfield_1", "labels"));
  final Set<String> priorities = new HashSet<>(Set.of("High", "Medium", "Low"));
  final Set<String> linkTypes = new HashSet<>(Set.of("Relates"));
  final Map<String, Issue> issues = new LinkedHashMap<>();
  final Map<String, String> moved = new HashMap<>();
  final List<String> links = new ArrayList<>();
  private final Queue<Function<Call, Optional<Reply>>> special = new ConcurrentLinkedQueue<>();
  private final Random random = new Random(7);

  /** Transitions by id, with the status and its category. */
  final Map<String, List<String>> ways = new LinkedHashMap<>();

  volatile Duration lag = Duration.ZERO;
  volatile int descriptionLimit = 32_767;
  volatile boolean expandsProperties = true;
  volatile boolean mayBrowse = true;
  volatile boolean loseNextComment;
  volatile boolean loseNextIssue;
  volatile boolean loseNextFile;

  static final class Issue {
    final String key;
    final Map<String, Object> fields;
    final List<Map<String, Object>> properties;
    final List<Map<String, Object>> comments = new ArrayList<>();
    final List<Map<String, Object>> files = new ArrayList<>();
    final Instant foundFrom;
    String status = "To Do";
    String category = "new";
    boolean deleted;

    Issue(
        String key,
        Map<String, Object> fields,
        List<Map<String, Object>> properties,
        Instant foundFrom) {
      this.key = key;
      this.fields = fields;
      this.properties = properties;
      this.foundFrom = foundFrom;
    }

    String description() {
      return AdfRules.text(fields.get("description"));
    }

    String comment(int index) {
      return AdfRules.text(comments.get(index).get("body"));
    }
  }

  JiraStandIn() {
    ways.put("11", List.of("Done", "Done", "done"));
    ways.put("21", List.of("Reopen", "To Do", "new"));
    ways.put("31", List.of("Back to work", "In Progress", "indeterminate"));
  }

  /** The next call for which this gives an answer gets it, and nothing is done. */
  void answerOnce(String method, String pathEnd, Reply reply) {
    special.add(
        call ->
            call.method().equals(method) && call.path().endsWith(pathEnd)
                ? Optional.of(reply)
                : Optional.empty());
  }

  synchronized Issue only() {
    if (issues.size() != 1) {
      throw new AssertionError(issues.keySet() + " are there");
    }
    return issues.values().iterator().next();
  }

  long count(String method, String pathEnd) {
    return calls().stream()
        .filter(call -> call.method().equals(method) && call.path().endsWith(pathEnd))
        .count();
  }

  @Override
  protected synchronized Reply answer(Call call) {
    for (Function<Call, Optional<Reply>> one : List.copyOf(special)) {
      Optional<Reply> reply = one.apply(call);
      if (reply.isPresent() && special.remove(one)) {
        return reply.get();
      }
    }
    boolean known = call.header("Authorization").orElse("").equals(AUTHORIZATION) && mayBrowse;
    List<String> path = HttpUrl.get(url() + call.uri()).pathSegments();
    // /rest/api/3/…
    String what = call.method() + " " + path.get(3) + (path.size() > 5 ? "/" + path.get(5) : "");
    return switch (what) {
      case "POST issue" -> known ? create(call) : error(401, "not logged in");
      case "POST search" -> search(call, known);
      case "GET mypermissions" -> permissions(call, known);
      case "POST issueLink" -> link(call);
      case "GET issue" -> withIssue(path, known, this::issue);
      case "GET issue/comment" -> withIssue(path, known, issue -> comments(issue, call));
      case "POST issue/comment" -> withIssue(path, known, issue -> comment(issue, call));
      case "GET issue/transitions" -> withIssue(path, known, issue -> transitions());
      case "POST issue/transitions" -> withIssue(path, known, issue -> transition(issue, call));
      case "POST issue/attachments" -> withIssue(path, known, issue -> attach(issue, call));
      default -> error(404, "no such resource: " + what);
    };
  }

  private Reply withIssue(List<String> path, boolean known, Function<Issue, Reply> then) {
    Issue issue = issues.get(moved.getOrDefault(path.get(4), path.get(4)));
    return issue == null || issue.deleted || !known
        ? error(404, "Issue does not exist or you do not have permission to see it.")
        : then.apply(issue);
  }

  @SuppressWarnings("unchecked")
  private Reply create(Call call) {
    Map<String, Object> fields = (Map<String, Object>) call.json().get("fields");
    Map<String, Object> errors = new LinkedHashMap<>();
    for (String field : fields.keySet()) {
      if (!Set.of("project", "issuetype", "summary", "description").contains(field)
          && !screen.contains(field)) {
        errors.put(
            field,
            "Field '"
                + field
                + "' cannot be set. It is not on the appropriate screen, or unknown.");
      }
    }
    if (!Map.of("key", "SUP").equals(fields.get("project"))) {
      errors.put("project", "valid project is required");
    }
    if (!Map.of("name", "Task").equals(fields.get("issuetype"))) {
      errors.put("issuetype", "Specify a valid issue type");
    }
    if (fields.get("priority") instanceof Map<?, ?> priority
        && !errors.containsKey("priority")
        && !priorities.contains(String.valueOf(priority.get("name")))) {
      errors.put("priority", "Priority name '" + priority.get("name") + "' is not valid");
    }
    String summary = String.valueOf(fields.get("summary"));
    if (summary.isBlank()) {
      errors.put("summary", "You must specify a summary of the issue.");
    } else if (summary.length() >= 255) {
      errors.put("summary", "Summary must be less than 255 characters.");
    } else if (!summary.lines().toList().equals(List.of(summary)) || summary.contains("\u2028")) {
      errors.put("summary", "The summary is invalid because it contains newline characters.");
    }
    for (Object label : (List<?>) fields.getOrDefault("labels", List.of())) {
      if (label.toString().isEmpty()
          || label.toString().length() > 255
          || label.toString().codePoints().anyMatch(Character::isWhitespace)) {
        errors.put("labels", "The label '" + label + "' contains spaces which is invalid.");
      }
    }
    if (AdfRules.check(fields.get("description")) > descriptionLimit) {
      errors.put("description", "CONTENT_LIMIT_EXCEEDED");
    }
    if (!errors.isEmpty()) {
      return Reply.json(400, Map.of("errorMessages", List.of(), "errors", errors));
    }
    String key = "SUP-" + (issues.size() + 1);
    long millis = lag.toMillis();
    Instant foundFrom =
        Instant.now().plusMillis(millis == 0 ? 0 : random.nextInt((int) millis) + 1L);
    issues.put(
        key,
        new Issue(
            key, fields, (List<Map<String, Object>>) call.json().get("properties"), foundFrom));
    if (loseNextIssue) {
      loseNextIssue = false;
      return Reply.of(504);
    }
    return Reply.json(201, Map.of("id", "1" + key.substring(4), "key", key, "self", url()));
  }

  private Reply search(Call call, boolean known) {
    Matcher query = QUERY.matcher(String.valueOf(call.json().get("jql")));
    if (!query.matches()) {
      return error(400, "Unbounded JQL queries are not allowed here.");
    }
    List<Map<String, Object>> found = new ArrayList<>();
    for (Issue issue : issues.values()) {
      if (known
          && !issue.deleted
          && !issue.foundFrom.isAfter(Instant.now())
          && ((List<?>) issue.fields.get("labels")).contains(query.group(1))) {
        found.add(Map.of("id", issue.key.substring(4), "key", issue.key, "fields", Map.of()));
      }
    }
    return Reply.json(200, Map.of("issues", found, "isLast", true));
  }

  private static Reply permissions(Call call, boolean known) {
    if (!call.uri().getQuery().contains("projectKey=SUP")) {
      return error(404, "no such project");
    }
    Map<String, Object> may = Map.of("havePermission", known);
    return Reply.json(
        200, Map.of("permissions", Map.of("BROWSE_PROJECTS", may, "CREATE_ISSUES", may)));
  }

  private Reply issue(Issue issue) {
    return Reply.json(
        200,
        Map.of(
            "key",
            issue.key,
            "fields",
            Map.of(
                "status",
                Map.of("name", issue.status, "statusCategory", Map.of("key", issue.category)),
                "attachment",
                issue.files)));
  }

  private Reply comments(Issue issue, Call call) {
    HttpUrl query = HttpUrl.get(url() + call.uri());
    List<Map<String, Object>> all = new ArrayList<>(issue.comments);
    if ("-created".equals(query.queryParameter("orderBy"))) {
      Collections.reverse(all);
    }
    int start = Integer.parseInt(query.queryParameter("startAt"));
    int most = Integer.parseInt(query.queryParameter("maxResults"));
    List<Map<String, Object>> page =
        all.subList(Math.min(start, all.size()), Math.min(start + most, all.size()));
    boolean properties = expandsProperties && "properties".equals(query.queryParameter("expand"));
    return Reply.json(
        200,
        Map.of(
            "startAt",
            start,
            "maxResults",
            most,
            "total",
            all.size(),
            "comments",
            page.stream()
                .map(
                    comment -> {
                      Map<String, Object> shown = new HashMap<>(comment);
                      if (!properties) {
                        shown.remove("properties");
                      }
                      return shown;
                    })
                .toList()));
  }

  private Reply comment(Issue issue, Call call) {
    if (AdfRules.check(call.json().get("body")) > descriptionLimit) {
      return Reply.json(
          400,
          Map.of(
              "errorMessages", List.of(), "errors", Map.of("comment", "CONTENT_LIMIT_EXCEEDED")));
    }
    Map<String, Object> comment = new LinkedHashMap<>();
    comment.put("id", issue.comments.size());
    comment.put("body", call.json().get("body"));
    comment.put("properties", call.json().getOrDefault("properties", List.of()));
    issue.comments.add(comment);
    if (loseNextComment) {
      loseNextComment = false;
      return Reply.of(504);
    }
    return Reply.json(201, Map.of("id", issue.comments.size()));
  }

  private Reply transitions() {
    return Reply.json(
        200,
        Map.of(
            "transitions",
            ways.entrySet().stream()
                .map(
                    way ->
                        Map.of(
                            "id",
                            way.getKey(),
                            "name",
                            way.getValue().get(0),
                            "to",
                            Map.of(
                                "name",
                                way.getValue().get(1),
                                "statusCategory",
                                Map.of("key", way.getValue().get(2)))))
                .toList()));
  }

  private Reply transition(Issue issue, Call call) {
    String id = Json.of(call.json()).object("transition").stringOr("id", "");
    List<String> way = ways.get(id);
    if (way == null) {
      return error(400, "It seems that you have tried to perform an illegal workflow operation.");
    }
    issue.status = way.get(1);
    issue.category = way.get(2);
    return Reply.of(204);
  }

  private Reply link(Call call) {
    Json link = Json.of(call.json());
    String type = link.object("type").stringOr("name", "");
    if (!linkTypes.contains(type)) {
      return error(404, "No issue link type with name '" + type + "' found.");
    }
    links.add(
        link.object("outwardIssue").stringOr("key", "")
            + " "
            + type
            + " "
            + link.object("inwardIssue").stringOr("key", ""));
    return Reply.of(201);
  }

  private Reply attach(Issue issue, Call call) {
    if (!call.header("X-Atlassian-Token").orElse("").equals("no-check")) {
      return Reply.text(403, "XSRF check failed");
    }
    Matcher file = FILE.matcher(call.body());
    if (!file.find()) {
      return error(400, "no file");
    }
    int end = call.body().indexOf("\r\n--", file.end());
    String content = call.body().substring(file.end(), end);
    issue.files.add(
        Map.of("filename", file.group(1), "size", content.length(), "content", content));
    if (loseNextFile) {
      loseNextFile = false;
      return Reply.of(504);
    }
    return new Reply(200, Map.of(), "[{\"filename\":\"x\"}]");
  }

  private static Reply error(int status, String message) {
    return Reply.json(status, Map.of("errorMessages", List.of(message), "errors", Map.of()));
  }

  // ---- what is there

  private static Optional<String> key(Object properties) {
    return ((List<?>) properties)
        .stream()
            .map(Json::of)
            .filter(property -> property.stringOr("key", "").equals(JiraTicketRouter.PROPERTY))
            .flatMap(property -> property.object("value").string("key").stream())
            .findFirst();
  }

  @Override
  public synchronized List<String> tickets() {
    return issues.values().stream().flatMap(issue -> key(issue.properties).stream()).toList();
  }

  @Override
  public synchronized List<String> appended(String key) {
    return comments(key).stream()
        .flatMap(comment -> key(comment.get("properties")).stream())
        .toList();
  }

  @Override
  public synchronized List<String> notes(String key) {
    return comments(key).stream()
        .filter(
            comment ->
                ((List<?>) comment.get("properties"))
                    .contains(
                        Map.of("key", "sd.public.comment", "value", Map.of("internal", true))))
        .flatMap(comment -> key(comment.get("properties")).stream())
        .toList();
  }

  private List<Map<String, Object>> comments(String key) {
    return issues.values().stream()
        .filter(issue -> key(issue.properties).equals(Optional.of(key)))
        .flatMap(issue -> issue.comments.stream())
        .toList();
  }

  @Override
  public synchronized void close(String key) {
    issues.values().stream()
        .filter(issue -> key(issue.properties).equals(Optional.of(key)))
        .forEach(
            issue -> {
              issue.status = "Done";
              issue.category = "done";
            });
  }
}
