package io.github.nylaswebhook.jira;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.nylaswebhook.destination.DestinationClient;
import io.github.nylaswebhook.destination.DestinationClient.Answer;
import io.github.nylaswebhook.destination.DestinationClient.Effect;
import io.github.nylaswebhook.destination.DestinationRefusedException;
import io.github.nylaswebhook.inbox.OutcomeUnknownException;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.internal.ContentTypes;
import io.github.nylaswebhook.internal.Json;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.MultipartBody;
import okhttp3.Request;
import okhttp3.RequestBody;
import okio.BufferedSink;
import okio.Okio;
import okio.Source;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The calls of Jira Cloud's REST API, version 3, that one try at a mail makes. For one thread. */
final class JiraApi {
  /** A comment has up to 32,767 characters; so many of them are an answer that can be read. */
  private static final int COMMENTS_AT_ONCE = 20;

  /** An answer that was cut short is asked for again after this. */
  private static final Duration ASK_AGAIN = Duration.ofSeconds(2);

  /** How long everything waits before credentials that see nothing are tried again. */
  private static final Duration CREDENTIALS_PAUSE = Duration.ofMinutes(1);

  private static final MediaType JSON = MediaType.get("application/json; charset=utf-8");
  private static final Logger log = LoggerFactory.getLogger(JiraTicketRouter.class);

  private final JiraSite site;
  private final DestinationClient.Calls calls;
  private final Duration uploadTimeout;
  private final InstantSource clock;

  /**
   * An issue.
   *
   * @param key its key now: it isn't the one asked for if it was moved
   * @param done whether its status is of the category "done"
   */
  record Issue(String key, boolean done) {}

  /** A way from one status to another, and the category of that one. */
  record Transition(String id, String name, String toName, String toCategory) {}

  /** A file of an issue. */
  record FileThere(String name, long size) {}

  /**
   * The calls of one try at one mail.
   *
   * @param uploadTimeout for each attachment as a whole
   */
  JiraApi(
      JiraSite site, DestinationClient.Calls calls, Duration uploadTimeout, InstantSource clock) {
    this.site = site;
    this.calls = calls;
    this.uploadTimeout = uploadTimeout;
    this.clock = clock;
  }

  // ---- issues

  /**
   * Creates an issue, and gives its key.
   *
   * @see <a
   *     href="https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-post">Create
   *     issue</a>
   */
  String create(Map<String, Object> issue) {
    Answer answer = calls.send(post(url("issue"), issue), Effect.ONCE);
    String key;
    try {
      key = Json.read(answer.body().getBytes(UTF_8)).stringOr("key", "");
    } catch (IOException e) {
      throw new OutcomeUnknownException("jira's answer to a new issue can't be read", e);
    }
    if (key.isEmpty()) {
      throw new OutcomeUnknownException("jira's answer to a new issue has no key", null);
    }
    return key;
  }

  /**
   * The oldest issue that has a label, as far as the search has got.
   *
   * @param label letters, digits and hyphens
   * @see <a
   *     href="https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/#api-rest-api-3-search-jql-post">Search
   *     for issues using JQL enhanced search</a>
   */
  Optional<String> find(String label) {
    // In no project: somebody may have moved it.
    Map<String, Object> query =
        Map.of(
            "jql",
            "labels = \"" + label + "\" ORDER BY created ASC",
            "maxResults",
            2,
            "fields",
            List.of("created"));
    List<String> keys =
        ask(post(url("search/jql"), query)).objects("issues").stream()
            .flatMap(issue -> issue.string("key").stream())
            .toList();
    if (keys.size() > 1) {
      log.warn("Jira has more than one issue with the label {}; {} is the oldest", label, keys);
    }
    return keys.stream().findFirst();
  }

  /**
   * An issue, wherever it was moved to; nothing if there is none that can be seen.
   *
   * @see <a
   *     href="https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-get">Get
   *     issue</a>
   */
  Optional<Issue> issue(String key) {
    try {
      Json issue = ask(get(issueUrl(key).addQueryParameter("fields", "status")));
      String category =
          issue
              .object("fields")
              .object("status")
              .object("statusCategory")
              .stringOr("key", "undefined");
      return Optional.of(new Issue(issue.stringOr("key", key), category.equals("done")));
    } catch (DestinationRefusedException e) {
      if (e.status() == 404) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * Returns if these credentials see the project's issues and may make some. Jira answers wrong
   * ones with what anybody may see, which is mostly nothing: 404, or an empty search.
   *
   * @throws RetryLaterException if they don't
   * @see <a href="https://jira.atlassian.com/browse/JRACLOUD-94680">JRACLOUD-94680</a>
   * @see <a
   *     href="https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permissions/#api-rest-api-3-mypermissions-get">Get
   *     my permissions</a>
   */
  void requireSight(String project) {
    boolean sees;
    try {
      Json mine =
          ask(get(
                  url("mypermissions")
                      .addQueryParameter("projectKey", project)
                      .addQueryParameter("permissions", "BROWSE_PROJECTS,CREATE_ISSUES")))
              .object("permissions");
      sees =
          mine.object("BROWSE_PROJECTS").bool("havePermission")
              && mine.object("CREATE_ISSUES").bool("havePermission");
    } catch (DestinationRefusedException e) {
      if (e.status() != 404 && e.status() != 403) {
        throw e;
      }
      sees = false;
    }
    if (!sees) {
      log.error(
          "Jira doesn't let these credentials browse project {} and create issues in it; its"
              + " tickets wait until that is mended",
          project);
      throw new RetryLaterException(
          "jira's credentials can't browse project " + project + " and create issues in it",
          clock.instant().plus(CREDENTIALS_PAUSE),
          false);
    }
  }

  // ---- comments

  /**
   * Whether an issue has a comment with this property, or with this text in it: that one who edits
   * a comment keeps the one or the other.
   *
   * @see <a
   *     href="https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comments/#api-rest-api-3-issue-issueidorkey-comment-get">Get
   *     comments</a>
   */
  boolean hasComment(String issue, String property, String reference) {
    int start = 0;
    while (true) {
      Json page =
          ask(
              get(
                  issueUrl(issue)
                      .addPathSegment("comment")
                      .addQueryParameter("orderBy", "-created")
                      .addQueryParameter("startAt", Integer.toString(start))
                      .addQueryParameter("maxResults", Integer.toString(COMMENTS_AT_ONCE))
                      .addQueryParameter("expand", "properties")));
      List<Json> comments = page.objects("comments");
      for (Json comment : comments) {
        boolean ours =
            comment.objects("properties").stream()
                .anyMatch(
                    found ->
                        found.stringOr("key", "").equals(property)
                            && found.object("value").stringOr("reference", "").equals(reference));
        if (ours || mentions(comment.object("body").asMap(), reference)) {
          return true;
        }
      }
      start += comments.size();
      if (comments.isEmpty() || start >= page.longOr("total", Long.MAX_VALUE)) {
        return false;
      }
    }
  }

  private static boolean mentions(@Nullable Object node, String reference) {
    if (node instanceof Map<?, ?> members) {
      return (members.get("text") instanceof String text && text.contains(reference))
          || mentions(members.get("content"), reference);
    }
    return node instanceof List<?> nodes
        && nodes.stream().anyMatch(inner -> mentions(inner, reference));
  }

  /**
   * Adds a comment.
   *
   * @see <a
   *     href="https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comments/#api-rest-api-3-issue-issueidorkey-comment-post">Add
   *     comment</a>
   */
  void comment(String issue, Map<String, Object> comment) {
    calls.send(post(issueUrl(issue).addPathSegment("comment"), comment), Effect.ONCE);
  }

  // ---- status, links

  /**
   * What may be done with an issue now.
   *
   * @see <a
   *     href="https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-transitions-get">Get
   *     transitions</a>
   */
  List<Transition> transitions(String issue) {
    return ask(get(issueUrl(issue).addPathSegment("transitions"))).objects("transitions").stream()
        .map(
            transition ->
                new Transition(
                    transition.stringOr("id", ""),
                    transition.stringOr("name", ""),
                    transition.object("to").stringOr("name", ""),
                    transition.object("to").object("statusCategory").stringOr("key", "")))
        .toList();
  }

  /** Takes an issue to another status; whoever isn't sure looks at the issue again. */
  void transition(String issue, String transition) {
    calls.send(
        post(
            issueUrl(issue).addPathSegment("transitions"),
            Map.of("transition", Map.of("id", transition))),
        Effect.REPEATABLE);
  }

  /**
   * Links two issues.
   *
   * @see <a
   *     href="https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-links/#api-rest-api-3-issuelink-post">Create
   *     issue link</a>
   */
  void link(String type, String issue, String other) {
    calls.send(
        post(
            url("issueLink"),
            Map.of(
                "type", Map.of("name", type),
                "inwardIssue", Map.of("key", other),
                "outwardIssue", Map.of("key", issue))),
        Effect.REPEATABLE);
  }

  // ---- attachments

  List<FileThere> attachments(String issue) {
    return ask(get(issueUrl(issue).addQueryParameter("fields", "attachment")))
        .object("fields")
        .objects("attachment")
        .stream()
        .map(file -> new FileThere(file.stringOr("filename", ""), file.longOr("size", -1)))
        .toList();
  }

  /**
   * Attaches what a stream gives, as it comes. The stream stays the giver's to close.
   *
   * @see <a
   *     href="https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-attachments/#api-rest-api-3-issue-issueidorkey-attachments-post">Add
   *     attachment</a>
   */
  void attach(String issue, String name, String contentType, InputStream bytes) {
    RequestBody file =
        new RequestBody() {
          @Override
          public MediaType contentType() {
            return ContentTypes.bare(contentType);
          }

          @Override
          public boolean isOneShot() {
            return true;
          }

          @Override
          public void writeTo(BufferedSink sink) throws IOException {
            Source source = Okio.source(bytes);
            sink.writeAll(source);
          }
        };
    Request request =
        request(issueUrl(issue).addPathSegment("attachments"))
            // Without it, Jira takes a form for another site's.
            .header("X-Atlassian-Token", "no-check")
            .post(
                new MultipartBody.Builder()
                    .setType(MultipartBody.FORM)
                    .addFormDataPart("file", name, file)
                    .build())
            .build();
    calls.send(request, Effect.ONCE, uploadTimeout);
  }

  // ---- requests and answers

  private HttpUrl.Builder url(String path) {
    return site.api().newBuilder().addPathSegments(path);
  }

  private HttpUrl.Builder issueUrl(String key) {
    return url("issue").addPathSegment(key);
  }

  private Request.Builder request(HttpUrl.Builder url) {
    return new Request.Builder()
        .url(url.build())
        .header("Authorization", site.authorization())
        .header("Accept", "application/json");
  }

  private Request get(HttpUrl.Builder url) {
    return request(url).build();
  }

  private Request post(HttpUrl.Builder url, Map<String, Object> body) {
    return request(url).post(RequestBody.create(Json.write(body).getBytes(UTF_8), JSON)).build();
  }

  private Json ask(Request request) {
    Answer answer = calls.send(request, Effect.REPEATABLE);
    try {
      return Json.read(answer.body().getBytes(UTF_8));
    } catch (IOException e) {
      throw new RetryLaterException(
          "jira's answer is " + e.getMessage(), clock.instant().plus(ASK_AGAIN), true, e);
    }
  }

  /** What was wrong with which field; empty if it doesn't say. */
  static Map<String, String> errors(DestinationRefusedException refusal) {
    try {
      Map<String, String> errors = new LinkedHashMap<>();
      Json.read(refusal.body().getBytes(UTF_8))
          .object("errors")
          .asMap()
          .forEach((field, why) -> errors.put(String.valueOf(field), String.valueOf(why)));
      return errors;
    } catch (IOException e) {
      return Map.of();
    }
  }
}
