package io.github.nylaswebhook.jira;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.nylaswebhook.categorize.Priority;
import io.github.nylaswebhook.destination.ClosedTickets;
import io.github.nylaswebhook.destination.DestinationClient;
import io.github.nylaswebhook.destination.DestinationRefusedException;
import io.github.nylaswebhook.inbox.OutcomeUnknownException;
import io.github.nylaswebhook.inbox.PermanentException;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.jira.JiraApi.Issue;
import io.github.nylaswebhook.jira.JiraApi.Transition;
import io.github.nylaswebhook.message.AttachmentSource;
import io.github.nylaswebhook.nylas.RateLimit;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes each conversation an issue of one project in Jira Cloud, and each further mail a comment on
 * it. Safe for use by many threads.
 *
 * <p><b>No issue twice.</b> Jira knows no idempotency keys. An issue carries a {@linkplain
 * #label(Ticket) label} of its mail; whenever an earlier try may have made it, the router looks for
 * the label first. Jira's search lags behind, by seconds as a rule, so a new issue is made only
 * when the label wasn't found {@link Builder#indexLag} after the try. Until then the router throws
 * {@link RetryLaterException}: no thread waits. After a restart, and in each process that shares
 * the work, it begins to look anew; a try that was only put off, by a limit for example, costs one
 * look. Two things are left that can double an issue: a search that lags for longer; and that such
 * a second issue was made, couldn't be noted in our own store, and the mail comes at once to a
 * process that knows it from before that.
 *
 * <p><b>No comment twice.</b> A comment has its mail's reference as a property and in its text;
 * whenever it may be there already, the issue's comments are looked through first.
 *
 * <p><b>Fields.</b> What the project's create screen lacks, and names of priorities that it doesn't
 * know, are left out with a warning; that is remembered for an hour. Not so the project, the type,
 * the summary, the description and the labels: without these an issue is of no use, or can't be
 * found again, so that the mail becomes a dead letter that says what to mend.
 *
 * <p><b>Permissions</b> of the account: Browse projects, Create issues, Add comments; Transition
 * issues to {@linkplain ClosedTickets#REOPEN reopen}; Link issues and Create attachments for those.
 * While it can't browse the project and create issues, as is so with wrong credentials, tickets
 * wait.
 *
 * <p>An issue that was moved is followed; for one that is gone, a further mail makes a new one. A
 * note is an internal comment in a service project; in others everybody who sees the issue sees it.
 * In a service project, other comments are answers to the customer there: Jira may mail them.
 *
 * @see <a href="https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/">Jira Cloud
 *     platform REST API</a>
 * @see <a href="https://developer.atlassian.com/cloud/jira/platform/search-and-reconcile/">How
 *     search lags; its {@code reconcileIssues} needs the ids of issues, which an unknown outcome
 *     doesn't give</a>
 * @see <a href="https://developer.atlassian.com/cloud/jira/platform/rate-limiting/">Rate limits</a>
 */
public final class JiraTicketRouter implements TicketRouter, AutoCloseable {
  /** Most changes are found within seconds. */
  public static final Duration INDEX_LAG = Duration.ofSeconds(30);

  /** For each attachment as a whole. */
  public static final Duration ATTACHMENT_TIMEOUT = Duration.ofMinutes(5);

  /** The name of the properties of issues and comments that hold a mail's ids. */
  public static final String PROPERTY = "nylas-webhook.message";

  private static final List<Map<String, Object>> INTERNAL =
      List.of(Map.of("key", "sd.public.comment", "value", Map.of("internal", true)));

  private static final Logger log = LoggerFactory.getLogger(JiraTicketRouter.class);

  private final JiraSite jira;
  private final Duration attachmentTimeout;
  private final InstantSource clock;
  private final @Nullable HttpUrl site;
  private final String project;
  private final NewIssues issues;
  private final TriedMails tried;
  private final ClosedTickets closed;
  private final String reopenBy;
  private final String linkType;
  private final Duration indexLag;
  private final @Nullable CarriedAttachments attachments;
  private final long carriedUpTo;

  private JiraTicketRouter(Builder builder) {
    clock = builder.clock;
    site = builder.site;
    project = builder.project;
    closed = builder.closed;
    reopenBy = builder.reopenBy;
    linkType = builder.linkType;
    indexLag = builder.indexLag;
    carriedUpTo = builder.attachments == null ? 0 : builder.maxBytesEach;
    if (builder.authorization == null) {
      throw new IllegalArgumentException(
          "JiraTicketRouter needs credentials: give basicAuth(…) or bearerAuth(…)");
    }
    attachmentTimeout = builder.attachmentTimeout;
    jira = new JiraSite(builder.base, builder.authorization, clock, builder.http, builder::client);
    attachments =
        builder.attachments == null
            ? null
            : new CarriedAttachments(builder.attachments, carriedUpTo, clock);
    issues =
        new NewIssues(
            project, builder.issueType, builder.priorities, builder.fields, carriedUpTo, clock);
    tried = new TriedMails(indexLag, clock);
  }

  /**
   * A router to one project.
   *
   * @param baseUrl {@code https://<site>.atlassian.net}; for OAuth and for tokens with scopes,
   *     {@code https://api.atlassian.com/ex/jira/<cloudId>}
   * @param projectKey for example {@code SUP}
   * @throws IllegalArgumentException if one of them can't be right
   */
  public static Builder builder(String baseUrl, String projectKey) {
    return new Builder(baseUrl, projectKey);
  }

  /** The label by which a mail's issue is found: {@code nylas-} and 32 hexadecimal digits. */
  public static String label(Ticket ticket) {
    return "nylas-" + ticket.idempotencyKey().substring(0, 32);
  }

  /** The other half: the two are never taken for each other. */
  private static String missingReference(Ticket ticket) {
    return "nylas-" + ticket.idempotencyKey().substring(32);
  }

  @Override
  public String destination() {
    return "jira";
  }

  @Override
  public boolean appends() {
    return true;
  }

  @Override
  public boolean idempotent() {
    return false;
  }

  @Override
  public TicketRef route(Ticket ticket) {
    JiraApi api = jira.begin(ticket.idempotencyKey(), attachmentTimeout);
    Optional<Made> made = tried.made(ticket);
    if (made.isPresent()) {
      return finish(api, ticket, made.get(), false);
    }
    try {
      return ticket.isFollowUp() ? append(api, ticket) : open(api, ticket, "");
    } catch (RetryLaterException e) {
      if (!ticket.repeated()) {
        tried.putOff(ticket);
      }
      throw e;
    }
  }

  // ---- a further mail

  private TicketRef append(JiraApi api, Ticket ticket) {
    String label = label(ticket);
    Optional<Issue> parent = api.issue(ticket.parent().id());
    boolean unsure = tried.mayBeThere(ticket);
    if (unsure) {
      Instant since = tried.since(ticket);
      Instant now = clock.instant();
      // It may have become a comment, or an issue of its own if the parent was closed then.
      if (parent.isPresent() && api.hasComment(parent.get().key(), PROPERTY, label)) {
        return made(api, ticket, parent.get().key(), false);
      }
      Optional<String> own = api.find(label);
      if (own.isPresent()) {
        return made(api, ticket, own.get(), false);
      }
      // What was sent is done within seconds, and seen at once, unlike what is searched for.
      Instant sure = since.plus(tried.settled());
      if (now.isBefore(sure)) {
        throw TriedMails.notYet(sure);
      }
    }
    if (parent.isEmpty()) {
      api.requireSight(project);
      log.warn(
          "Jira has no issue {} any more, or doesn't show it; message {} makes a new one",
          ticket.parent().id(),
          ticket.messageId());
      return open(api, ticket, ticket.parent().id());
    }
    Issue issue = parent.get();
    if (issue.done() && !ticket.note() && !staysOpenFor(api, ticket, issue)) {
      return open(api, ticket, issue.key());
    }
    try {
      comment(api, ticket, issue.key(), unsure);
    } catch (DestinationRefusedException e) {
      if (!issue.done() || ticket.note()) {
        throw e;
      }
      // Workflows may forbid any change of what is closed.
      log.warn(
          "Jira refuses ({}) a comment on {}, which is closed; message {} makes a new issue",
          e.status(),
          issue.key(),
          ticket.messageId());
      return open(api, ticket, issue.key());
    }
    return made(api, ticket, issue.key(), !unsure);
  }

  /** Whether the mail is to be appended to the closed issue, which is open by then if it may be. */
  private boolean staysOpenFor(JiraApi api, Ticket ticket, Issue issue) {
    return switch (closed) {
      case APPEND -> true;
      case NEW_TICKET -> false;
      case REOPEN -> reopen(api, ticket, issue);
    };
  }

  private boolean reopen(JiraApi api, Ticket ticket, Issue issue) {
    List<Transition> possible = api.transitions(issue.key());
    Optional<Transition> way =
        possible.stream()
            .filter(
                transition ->
                    transition.name().equalsIgnoreCase(reopenBy)
                        || transition.toName().equalsIgnoreCase(reopenBy))
            .findFirst()
            .or(
                () ->
                    possible.stream()
                        .filter(
                            transition ->
                                transition.toCategory().equals("new")
                                    || transition.toCategory().equals("indeterminate"))
                        .findFirst());
    if (way.isEmpty()) {
      log.warn(
          "Jira offers no way to open {} again; message {} makes a new issue",
          issue.key(),
          ticket.messageId());
      return false;
    }
    try {
      // Before the comment: an issue that is open is the sign that this was done.
      api.transition(issue.key(), way.get().id());
      return true;
    } catch (DestinationRefusedException e) {
      log.warn(
          "Jira refuses ({}) to open {} again; message {} makes a new issue",
          e.status(),
          issue.key(),
          ticket.messageId());
      return false;
    }
  }

  private void comment(JiraApi api, Ticket ticket, String issue, boolean unsure) {
    List<Map<String, Object>> properties = new ArrayList<>();
    properties.add(NewIssues.property(ticket));
    if (ticket.note()) {
      properties.addAll(INTERNAL);
    }
    int limit = MailDocument.MAX_LENGTH;
    for (int halved = 0; ; halved++) {
      Map<String, Object> body = MailDocument.comment(ticket, label(ticket), carriedUpTo, limit);
      try {
        api.comment(issue, Map.of("body", body, "properties", properties));
        return;
      } catch (OutcomeUnknownException e) {
        throw tried.unknown(ticket, unsure, tried.settled(), e);
      } catch (DestinationRefusedException e) {
        if (halved >= NewIssues.HALVINGS || !NewIssues.isTooLong(e, "comment", ticket)) {
          throw e;
        }
        limit /= 2;
      }
    }
  }

  // ---- a new issue

  /**
   * Makes an issue.
   *
   * @param continues the issue that it goes on from; empty if there is none
   */
  private TicketRef open(JiraApi api, Ticket ticket, String continues) {
    if (ticket.note()) {
      throw new PermanentException(
          "a note is never an issue of its own, and jira has no issue "
              + (continues.isEmpty() ? "to append it to" : continues + " any more"));
    }
    String label = label(ticket);
    boolean unsure = tried.mayBeThere(ticket);
    if (unsure) {
      Instant since = tried.since(ticket);
      Instant now = clock.instant();
      Optional<String> found = api.find(label);
      if (found.isPresent()) {
        return made(api, ticket, found.get(), false);
      }
      if (now.isBefore(since.plus(indexLag))) {
        throw TriedMails.notYet(tried.nextLook(since, now));
      }
      // Nothing is also what is found with credentials that see nothing.
      api.requireSight(project);
    }
    String key;
    try {
      key = issues.create(api, ticket, continues);
    } catch (OutcomeUnknownException e) {
      throw tried.unknown(ticket, unsure, indexLag, e);
    }
    if (!continues.isEmpty() && !linkType.isEmpty()) {
      link(api, key, continues);
    }
    return made(api, ticket, key, true);
  }

  private void link(JiraApi api, String issue, String other) {
    try {
      api.link(linkType, issue, other);
    } catch (RuntimeException e) {
      // The issue names it anyway.
      log.warn("{} couldn't be linked to {}: {}", issue, other, e.getClass().getSimpleName());
      log.debug("It failed so", e);
    }
  }

  // ---- when it is there

  private TicketRef made(JiraApi api, Ticket ticket, String issue, boolean fresh) {
    Instant now = clock.instant();
    Made made = new Made(new TicketRef(destination(), issue, url(issue)), now);
    tried.put(ticket, made, now);
    return finish(api, ticket, made, fresh);
  }

  private TicketRef finish(JiraApi api, Ticket ticket, Made made, boolean fresh) {
    if (attachments != null) {
      List<String> missing = attachments.carry(api, ticket, made, fresh);
      if (!missing.isEmpty()) {
        tell(api, ticket, made.ref().id(), missing);
      }
    }
    return made.ref();
  }

  private void tell(JiraApi api, Ticket ticket, String issue, List<String> missing) {
    String reference = missingReference(ticket);
    try {
      if (!api.hasComment(issue, PROPERTY, reference)) {
        api.comment(
            issue,
            Map.of("body", MailDocument.missing(missing, reference), "properties", INTERNAL));
      }
    } catch (RuntimeException e) {
      log.warn(
          "{} couldn't be told which attachments it lacks: {}",
          issue,
          e.getClass().getSimpleName());
      log.debug("It failed so", e);
    }
  }

  private String url(String issue) {
    return site == null
        ? ""
        : site.newBuilder().addPathSegment("browse").addPathSegment(issue).build().toString();
  }

  /** Closes its connections, unless they are those of a client that it was given. */
  @Override
  public void close() {
    jira.close();
  }

  @Override
  public String toString() {
    return "JiraTicketRouter[" + project + "]";
  }

  /** Options of a {@link JiraTicketRouter}. */
  public static final class Builder {
    private static final Pattern PROJECT_KEY = Pattern.compile("[A-Z][A-Z0-9_]{1,254}");
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "::1");

    /** Atlassian's own, behind which any site is. */
    private static final String GATEWAY = "api.atlassian.com";

    private final HttpUrl base;
    private final String project;
    private @Nullable HttpUrl site;
    private @Nullable Supplier<String> authorization;
    private String issueType = "Task";
    private Map<Priority, String> priorities =
        Map.of(Priority.HIGH, "High", Priority.MEDIUM, "Medium", Priority.LOW, "Low");
    private Function<Ticket, Map<String, Object>> fields = ticket -> Map.of();
    private ClosedTickets closed = ClosedTickets.REOPEN;
    private String reopenBy = "";
    private String linkType = "Relates";
    private Duration indexLag = INDEX_LAG;
    private @Nullable AttachmentSource attachments;
    private long maxBytesEach;
    private Duration connectTimeout = DestinationClient.CONNECT_TIMEOUT;
    private Duration callTimeout = DestinationClient.CALL_TIMEOUT;
    private Duration attachmentTimeout = ATTACHMENT_TIMEOUT;
    private @Nullable RateLimit limit;
    private int concurrent = Integer.MAX_VALUE;
    private InstantSource clock = InstantSource.system();
    private @Nullable OkHttpClient http;

    private Builder(String baseUrl, String projectKey) {
      base = url(baseUrl, "base URL");
      if (!PROJECT_KEY.matcher(projectKey).matches()) {
        throw new IllegalArgumentException(
            "\"" + projectKey + "\" is no key of a Jira project; one is like SUP");
      }
      project = projectKey;
      boolean gateway = base.host().equals(GATEWAY);
      List<String> path = base.pathSegments();
      if (gateway
          && !(path.size() == 3 && path.get(0).equals("ex") && path.get(1).equals("jira"))) {
        throw new IllegalArgumentException(
            "The base URL at " + GATEWAY + " has to be https://" + GATEWAY + "/ex/jira/<cloudId>");
      }
      if (path.contains("rest")) {
        throw new IllegalArgumentException(
            "The base URL mustn't have the path of the REST API: give https://<site>.atlassian.net");
      }
      site = gateway ? null : base;
    }

    private static HttpUrl url(String given, String what) {
      HttpUrl url = HttpUrl.parse(given.replaceAll("/+$", ""));
      if (url == null) {
        throw new IllegalArgumentException(
            "The "
                + what
                + " isn't an absolute http(s) URL; it has to be like"
                + " https://<site>.atlassian.net");
      }
      if (!url.isHttps() && !LOOPBACK.contains(url.host())) {
        throw new IllegalArgumentException(
            "The " + what + " has to begin with https://, or the credentials go in clear text");
      }
      if (!url.username().isEmpty()
          || !url.password().isEmpty()
          || url.query() != null
          || url.fragment() != null) {
        throw new IllegalArgumentException(
            "The " + what + " mustn't have a user, a query or a fragment");
      }
      return url;
    }

    /** The site that people open, for {@link TicketRef#url()}, if it isn't the base URL. */
    public Builder siteUrl(String siteUrl) {
      site = url(siteUrl, "site URL");
      return this;
    }

    /**
     * An account and its API token.
     *
     * @see <a
     *     href="https://developer.atlassian.com/cloud/jira/platform/basic-auth-for-rest-apis/">Basic
     *     auth</a>
     */
    public Builder basicAuth(String email, String apiToken) {
      if (email.isBlank() || apiToken.isBlank()) {
        throw new IllegalArgumentException("basicAuth needs an e-mail address and an API token");
      }
      String value =
          "Basic " + Base64.getEncoder().encodeToString((email + ":" + apiToken).getBytes(UTF_8));
      authorization = () -> value;
      return this;
    }

    /**
     * OAuth 2.0 (3LO), with the scopes {@code read:jira-work} and {@code write:jira-work}.
     *
     * @param accessToken asked for each call, by many threads, because tokens end after an hour: it
     *     gives the one that is good now, from memory as a rule
     * @see <a href="https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/">OAuth
     *     2.0 (3LO) apps</a>
     */
    public Builder bearerAuth(Supplier<String> accessToken) {
      authorization = () -> "Bearer " + accessToken.get();
      return this;
    }

    /** The name of the type of the issues; {@code Task} unless said. */
    public Builder issueType(String name) {
      if (name.isBlank()) {
        throw new IllegalArgumentException("An issue type needs a name");
      }
      issueType = name;
      return this;
    }

    /**
     * What the site calls priorities; {@code High}, {@code Medium} and {@code Low} unless said. A
     * priority that isn't in the map isn't set, so an empty one leaves them to Jira.
     */
    public Builder priorityNames(Map<Priority, String> names) {
      Map<Priority, String> copy = new EnumMap<>(Priority.class);
      copy.putAll(names);
      priorities = Map.copyOf(copy);
      return this;
    }

    /**
     * Further fields of new issues, by their ids, with values as Jira's API has them: strings,
     * numbers, booleans, and maps and lists of them. What Jira refuses is left out.
     */
    public Builder fields(Function<Ticket, Map<String, Object>> further) {
      fields = further;
      return this;
    }

    /**
     * What becomes of a further mail of an issue whose status is of the category "done"; {@link
     * ClosedTickets#REOPEN} unless said. A note never opens one again.
     */
    public Builder closedTickets(ClosedTickets what) {
      closed = what;
      return this;
    }

    /**
     * The name of the transition that opens an issue again, or of the status that it leads to.
     * Unless said, and where an issue doesn't offer it, the first that leads to a status of the
     * category "to do" or "in progress".
     */
    public Builder reopenTransition(String name) {
      reopenBy = name;
      return this;
    }

    /**
     * The type of link from an issue that goes on from a closed one; {@code Relates} unless said,
     * none if empty. Where it fails, a warning says so; the issue names the other one anyway.
     */
    public Builder linkType(String name) {
      linkType = name;
      return this;
    }

    /**
     * How long after a try with an unknown outcome its issue is looked for until another is made;
     * {@link #INDEX_LAG} unless said. Atlassian speaks of "a few seconds to minutes": a longer time
     * makes such tickets later, a shorter one may double them.
     */
    public Builder indexLag(Duration lag) {
      if (lag.isNegative()) {
        throw new IllegalArgumentException("The search can't be ahead of what it finds");
      }
      indexLag = lag;
      return this;
    }

    /**
     * Carries attachments over to the issue, as they come: nothing of them is held. They are listed
     * anyway. What is larger isn't carried, and what fails three times, or for ten minutes, is
     * named in a comment; the issue is there in any case. A repeated try leaves out what the issue
     * has with the same name and size.
     */
    public Builder attachments(AttachmentSource source, long maxBytesEach) {
      if (maxBytesEach < 1) {
        throw new IllegalArgumentException("Attachments need room for a byte at least");
      }
      attachments = source;
      this.maxBytesEach = maxBytesEach;
      return this;
    }

    public Builder connectTimeout(Duration timeout) {
      connectTimeout = positive(timeout);
      return this;
    }

    /** From a request to the end of its answer. */
    public Builder callTimeout(Duration timeout) {
      callTimeout = positive(timeout);
      return this;
    }

    /** The same for attachments; {@link #ATTACHMENT_TIMEOUT} unless said. */
    public Builder attachmentTimeout(Duration timeout) {
      attachmentTimeout = positive(timeout);
      return this;
    }

    private static Duration positive(Duration timeout) {
      if (timeout.isNegative() || timeout.isZero()) {
        throw new IllegalArgumentException("A time-out has to be longer than nothing");
      }
      return timeout;
    }

    /** How many calls are made in what time, by this process; none unless said. */
    public Builder limit(RateLimit calls) {
      limit = calls;
      return this;
    }

    /** How many calls may be under way at once, if there is a {@link #limit}. */
    public Builder concurrent(int calls) {
      if (calls < 1) {
        throw new IllegalArgumentException("One call has to be possible at least");
      }
      concurrent = calls;
      return this;
    }

    public Builder clock(InstantSource source) {
      clock = source;
      return this;
    }

    /** Shares this client's pools and interceptors; it stays the giver's to close. */
    public Builder http(OkHttpClient client) {
      http = client;
      return this;
    }

    private DestinationClient client(OkHttpClient shared) {
      DestinationClient.Builder client =
          DestinationClient.builder("jira")
              .connectTimeout(connectTimeout)
              .callTimeout(callTimeout)
              .concurrent(concurrent)
              .clock(clock)
              .http(shared);
      if (limit != null) {
        client.limit(limit);
      }
      return client.build();
    }

    /**
     * The router.
     *
     * @throws IllegalArgumentException if there are no credentials
     */
    public JiraTicketRouter build() {
      return new JiraTicketRouter(this);
    }
  }
}
