package io.github.nylaswebhook.zendesk;

import io.github.nylaswebhook.destination.ClosedTickets;
import io.github.nylaswebhook.destination.DestinationClient;
import io.github.nylaswebhook.destination.DestinationRefusedException;
import io.github.nylaswebhook.inbox.PermanentException;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.message.AttachmentSource;
import io.github.nylaswebhook.message.EmailAddress;
import io.github.nylaswebhook.nylas.RateLimit;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.ticket.TicketRouter;
import io.github.nylaswebhook.zendesk.Attachments.Carried;
import io.github.nylaswebhook.zendesk.ZendeskApi.Conflict;
import io.github.nylaswebhook.zendesk.ZendeskApi.Standing;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import okhttp3.Credentials;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes tickets in Zendesk, and appends the further mails of a conversation to them as comments.
 * Safe for use by many threads.
 *
 * <p>Each mail becomes one ticket or one comment, however often it is tried:
 *
 * <ul>
 *   <li>A ticket is made with the mail's key as its {@code Idempotency-Key}, which Zendesk knows
 *       again for two hours, and as its {@code external_id}, which it keeps. A {@linkplain
 *       Ticket#repeated() repeated} try asks by the external id first, so that it doesn't matter
 *       how long ago the first one was.
 *   <li>A comment's update carries the key as metadata, and a repeated try looks for it in the
 *       ticket's audits first. As each update names the state of the ticket that it is based on
 *       ({@code safe_update}), one that was given up here and reaches the ticket late is refused by
 *       Zendesk.
 * </ul>
 *
 * <p>A comment is public, unless the mail is a {@linkplain Ticket#note() note} or {@linkplain
 * Ticket#silent() nothing may answer it}: Zendesk's triggers mail requesters what is public. Its
 * author is the customer if the sender takes part in the ticket; otherwise it is the API's user,
 * and the first line says who wrote it. Zendesk's triggers see the API's user as the one who
 * updates, whoever is the author: a trigger that mails a ticket's requester each public comment
 * needs the condition that the update isn't via the API, or customers get back what they wrote.
 *
 * <p>A ticket's requester is the mail's sender. A {@code Reply-To} is named in the comment only:
 * anybody can write anything there, and answers would go to it. If Zendesk refuses the requester
 * (suspended, or no address that it takes), the ticket is made with the {@linkplain
 * Builder#fallbackRequester fallback}, or as the API's user's own, and says who wrote it.
 *
 * @see <a
 *     href="https://developer.zendesk.com/api-reference/ticketing/introduction/#idempotency">Zendesk:
 *     Idempotency</a>
 * @see <a href="https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/">Zendesk:
 *     Tickets</a>
 * @see <a
 *     href="https://developer.zendesk.com/documentation/ticketing/managing-tickets/creating-and-updating-tickets/">Zendesk:
 *     Creating and updating tickets</a>
 * @see <a href="https://developer.zendesk.com/api-reference/introduction/rate-limits/">Zendesk:
 *     Rate limits</a>
 */
public final class ZendeskTicketRouter implements TicketRouter, AutoCloseable {
  /**
   * Half of what the smallest plan allows an account (200 a minute), and no more than any account
   * may update tickets (100 a minute).
   */
  public static final RateLimit LIMIT = new RateLimit(100, Duration.ofMinutes(1));

  /** For one attachment from its first byte to its last. */
  public static final Duration UPLOAD_TIMEOUT = Duration.ofMinutes(5);

  /** What Zendesk takes of a file. */
  public static final long MAX_ATTACHMENT_BYTES = 50_000_000;

  static final String DESTINATION = "zendesk";

  /** So often is an update tried whose ticket is changed meanwhile. */
  private static final int UPDATES = 4;

  /** Much longer than Zendesk takes for a request, much shorter than it keeps a key. */
  private static final Duration AFTER_CONFLICT = Duration.ofMinutes(5);

  private static final Pattern ADDRESS = Pattern.compile("[^\\s@<>,;]+@[^\\s@<>,;]+");

  private static final Logger log = LoggerFactory.getLogger(ZendeskTicketRouter.class);

  private final ZendeskApi zendesk;
  private final Attachments attachments;
  private final ClosedTickets closedTickets;
  private final boolean html;
  private final Function<Ticket, EmailAddress> requester;
  private final @Nullable EmailAddress fallbackRequester;
  private final Map<String, Object> fixed;
  private final Function<Ticket, Map<String, Object>> members;
  private final InstantSource clock;

  private ZendeskTicketRouter(Builder builder) {
    zendesk =
        new ZendeskApi(
            builder.client.build(),
            builder.base(),
            builder.authorization(),
            builder.uploadTimeout,
            builder.clock);
    attachments =
        new Attachments(builder.source, builder.maxBytesEach, builder.maxBytesInAll, builder.clock);
    closedTickets = builder.closedTickets;
    html = builder.html;
    requester = builder.requester;
    fallbackRequester = builder.fallbackRequester;
    fixed = new TreeMap<>(builder.fixed);
    members = builder.members;
    clock = builder.clock;
  }

  public static Builder builder() {
    return new Builder();
  }

  @Override
  public String destination() {
    return DESTINATION;
  }

  @Override
  public boolean appends() {
    return true;
  }

  /** False: Zendesk forgets keys, and knows none for comments. */
  @Override
  public boolean idempotent() {
    return false;
  }

  @Override
  public TicketRef route(Ticket ticket) {
    if (ticket.note() && !ticket.isFollowUp()) {
      throw new PermanentException("a note is for a ticket that there is");
    }
    ZendeskApi.Session session = zendesk.session(ticket.idempotencyKey());
    if (ticket.repeated() && !ticket.note()) {
      // Also of a follow-up: its ticket may have been closed when it was tried first.
      Optional<TicketRef> made = session.find();
      if (made.isPresent()) {
        return made.get();
      }
    }
    return ticket.isFollowUp() ? append(ticket, session) : create(ticket, null, session);
  }

  // ---- new tickets

  private TicketRef create(Ticket ticket, @Nullable Standing former, ZendeskApi.Session session) {
    Carried carried = attachments.carry(ticket, session);
    Optional<EmailAddress> sender = sender(ticket);
    String key = ticket.idempotencyKey();
    if (sender.isPresent()) {
      try {
        return create(ticket, former, sender.get(), true, carried, key, session);
      } catch (DestinationRefusedException e) {
        if (!ZendeskApi.isOfPeople(e)) {
          throw e;
        }
        log.warn(
            "Zendesk refuses the sender of message {} as a requester ({}); its ticket gets {}",
            ticket.messageId(),
            e.status(),
            fallbackRequester == null ? "none" : "the fallback");
        // It isn't documented whether a refused request uses up its key: another body, another key.
        key = key + "-fallback";
      }
    }
    return create(ticket, former, fallbackRequester, false, carried, key, session);
  }

  private TicketRef create(
      Ticket ticket,
      @Nullable Standing former,
      @Nullable EmailAddress by,
      boolean bySender,
      Carried carried,
      String key,
      ZendeskApi.Session session) {
    // In the same order each time, on every node: the key is for these bytes.
    Map<String, Object> made = new LinkedHashMap<>();
    made.put("subject", Comment.subject(ticket));
    made.put("priority", priority(ticket));
    made.put("tags", Tags.of(ticket));
    made.putAll(fixed);
    made.putAll(new TreeMap<>(members.apply(ticket)));
    made.put("external_id", ticket.idempotencyKey());
    if (by != null) {
      Map<String, Object> person = new LinkedHashMap<>();
      person.put("name", name(by));
      person.put("email", by.email().strip());
      made.put("requester", person);
    }
    List<String> about = new ArrayList<>();
    OptionalLong author = OptionalLong.empty();
    if (former != null) {
      about.add("Follow-up to ticket #" + former.id());
      if (former.isClosed()) {
        made.put("via_followup_source_id", id(former.id()));
        // The first comment of such a ticket is the API's user's otherwise.
        author = bySender && by != null ? former.user(by) : author;
      }
    }
    if (!bySender || (former != null && former.isClosed() && author.isEmpty())) {
      about.add("From: " + Comment.shown(ticket.from()));
    }
    made.put("comment", comment(ticket, about, carried, author));
    try {
      return session.create(made, key);
    } catch (Conflict e) {
      // Made by an earlier try, with other tokens for the attachments, or another configuration.
      return session
          .find()
          .orElseThrow(
              () ->
                  new RetryLaterException(
                      "zendesk has the key from another request, and no ticket",
                      clock.instant().plus(AFTER_CONFLICT),
                      false,
                      e));
    }
  }

  private static Object id(String id) {
    return id.chars().allMatch(c -> c >= '0' && c <= '9') && id.length() < 19
        ? Long.valueOf(id)
        : id;
  }

  private static String priority(Ticket ticket) {
    return switch (ticket.priority()) {
      case LOW -> "low";
      case MEDIUM -> "normal";
      case HIGH -> "high";
    };
  }

  /** Who the ticket is to be for, if that can be somebody at Zendesk. */
  private Optional<EmailAddress> sender(Ticket ticket) {
    EmailAddress chosen = requester.apply(ticket);
    return ADDRESS.matcher(chosen.email().strip()).matches()
        ? Optional.of(chosen)
        : Optional.empty();
  }

  /** Zendesk wants one. */
  private static String name(EmailAddress address) {
    String name = Comment.oneLine(address.name());
    return Comment.cut(name.isEmpty() ? address.email().strip() : name, 200);
  }

  private Map<String, Object> comment(
      Ticket ticket, List<String> about, Carried carried, OptionalLong author) {
    List<String> lines = new ArrayList<>(about);
    lines.addAll(Comment.about(ticket));
    Map<String, Object> comment = new LinkedHashMap<>();
    comment.put("html_body", Comment.html(ticket, lines, carried.listed(), html));
    comment.put("public", !ticket.note() && !ticket.silent());
    author.ifPresent(id -> comment.put("author_id", id));
    if (!carried.tokens().isEmpty()) {
      comment.put("uploads", carried.tokens());
    }
    return comment;
  }

  // ---- further mails

  private TicketRef append(Ticket ticket, ZendeskApi.Session session) {
    String id = ticket.parent().id();
    Carried carried = null;
    boolean asAuthor = true;
    for (int i = 1; ; i++) {
      Standing standing = session.show(id).orElse(null);
      // After the state was read: what is appended later than that makes the update fail.
      if (standing != null && ticket.repeated() && session.isAppended(id)) {
        return zendesk.ref(id);
      }
      if (standing == null || isOver(standing, ticket)) {
        if (ticket.note()) {
          log.info("A note isn't appended: ticket {} takes none any more", id);
          return ticket.parent();
        }
        return create(ticket, standing, session);
      }
      if (carried == null) {
        carried = attachments.carry(ticket, session);
      }
      OptionalLong author =
          asAuthor ? standing.user(requester.apply(ticket)) : OptionalLong.empty();
      try {
        session.update(id, update(ticket, standing, carried, author));
        return zendesk.ref(id);
      } catch (DestinationRefusedException e) {
        if (ZendeskApi.isOfPeople(e) && author.isPresent()) {
          log.warn("Zendesk refuses the sender of message {} as an author", ticket.messageId());
          asAuthor = false;
        } else if (i >= UPDATES && e.status() == 409) {
          throw zendesk.busy(e);
        } else if (i >= UPDATES || !isOfItsState(e)) {
          throw e;
        }
      }
    }
  }

  /** The ticket was changed, closed or deleted since it was read. */
  private static boolean isOfItsState(DestinationRefusedException e) {
    return e.status() == 409 || e.status() == 404 || ZendeskApi.isOfStatus(e);
  }

  private boolean isOver(Standing standing, Ticket ticket) {
    return standing.isClosed()
        || (standing.isSolved() && closedTickets == ClosedTickets.NEW_TICKET && !ticket.note());
  }

  private Map<String, Object> update(
      Ticket ticket, Standing standing, Carried carried, OptionalLong author) {
    Map<String, Object> update = new LinkedHashMap<>();
    List<String> about =
        author.isPresent() ? List.of() : List.of("From: " + Comment.shown(ticket.from()));
    update.put("comment", comment(ticket, about, carried, author));
    update.put("metadata", Map.of(ZendeskApi.MARK, ticket.idempotencyKey()));
    if (!ticket.note()
        && (standing.isPending()
            || (standing.isSolved() && closedTickets == ClosedTickets.REOPEN))) {
      update.put("status", "open");
    }
    if (!standing.stamp().isEmpty()) {
      update.put("safe_update", true);
      update.put("updated_stamp", standing.stamp());
    }
    return update;
  }

  /** Closes its connections, unless they are those of a client that it was given. */
  @Override
  public void close() {
    zendesk.close();
  }

  /** Options of a {@link ZendeskTicketRouter}: a place and credentials are needed. */
  public static final class Builder {
    private static final Pattern SUBDOMAIN =
        Pattern.compile("[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?");

    private final DestinationClient.Builder client =
        DestinationClient.builder(DESTINATION).limit(LIMIT);
    private @Nullable String url;
    private @Nullable String authorization;
    private InstantSource clock = InstantSource.system();
    private Duration uploadTimeout = UPLOAD_TIMEOUT;
    private @Nullable AttachmentSource source;
    private long maxBytesEach;
    private long maxBytesInAll;
    private ClosedTickets closedTickets = ClosedTickets.REOPEN;
    private boolean html;
    private Function<Ticket, EmailAddress> requester = Ticket::from;
    private @Nullable EmailAddress fallbackRequester;
    private final Map<String, Object> fixed = new LinkedHashMap<>();
    private Function<Ticket, Map<String, Object>> members = ticket -> Map.of();

    private Builder() {}

    /**
     * The account, by its name.
     *
     * @param name {@code acme} of {@code acme.zendesk.com}
     */
    public Builder subdomain(String name) {
      if (!SUBDOMAIN.matcher(name).matches()) {
        throw new IllegalArgumentException(
            "'" + name + "' is no subdomain: give 'acme' of https://acme.zendesk.com");
      }
      return baseUrl("https://" + name + ".zendesk.com/");
    }

    /** The account, where it has a host of its own: {@code https://support.example.com}. */
    public Builder baseUrl(String url) {
      this.url = url;
      return this;
    }

    /**
     * An API token of the Admin Center.
     *
     * @param email of the agent as whom the router works: one of its own, best
     */
    public Builder apiToken(String email, String token) {
      requireGiven(email, "the agent's e-mail address");
      requireGiven(token, "the API token");
      if (email.endsWith("/token")) {
        throw new IllegalArgumentException(
            "The agent's e-mail address ends in /token: leave that away");
      }
      authorization = Credentials.basic(email + "/token", token);
      return this;
    }

    /** An OAuth access token, with the scopes {@code read} and {@code write}. */
    public Builder oauthToken(String token) {
      requireGiven(token, "the OAuth token");
      authorization = "Bearer " + token;
      return this;
    }

    private static void requireGiven(String value, String what) {
      if (value.isBlank() || !value.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
        throw new IllegalArgumentException(
            "Give " + what + ": it is blank, or has spaces or other characters that none has");
      }
    }

    /**
     * Who a ticket is for; the mail's sender unless said. For mails that a web form sends, for
     * example, whose customer is in {@code Reply-To}.
     */
    public Builder requester(Function<Ticket, EmailAddress> who) {
      requester = who;
      return this;
    }

    /** Who a ticket is for whose sender can't be; the API's user unless said. */
    public Builder fallbackRequester(String name, String email) {
      if (!ADDRESS.matcher(email).matches()) {
        throw new IllegalArgumentException("'" + email + "' is no e-mail address for requesters");
      }
      fallbackRequester = new EmailAddress(name, email);
      return this;
    }

    /** The brand of new tickets. */
    public Builder brandId(long id) {
      return fixed("brand_id", id);
    }

    /** The group that new tickets are assigned to. */
    public Builder groupId(long id) {
      return fixed("group_id", id);
    }

    /** The form of new tickets. */
    public Builder ticketFormId(long id) {
      return fixed("ticket_form_id", id);
    }

    private Builder fixed(String member, long id) {
      if (id <= 0) {
        throw new IllegalArgumentException(member + " is to be an id at Zendesk, not " + id);
      }
      fixed.put(member, id);
      return this;
    }

    /**
     * More members of new tickets, {@code custom_fields} for example, or others instead of those
     * that the router sets; but {@code external_id}, {@code requester} and {@code comment} are its
     * own. Gives the same for the same ticket.
     *
     * @param members values as JSON has them: strings, numbers, booleans, lists, maps
     * @see <a
     *     href="https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#json-format">Zendesk:
     *     members of tickets</a>
     */
    public Builder members(Function<Ticket, Map<String, Object>> members) {
      this.members = members;
      return this;
    }

    /**
     * Whether comments are the mails' HTML, without scripts, styles, pictures and whatever else
     * isn't safe. Otherwise, and where it is too long for a comment, they are the text that the
     * sender wrote, without quotes and signature.
     */
    public Builder html(boolean asHtml) {
      html = asHtml;
      return this;
    }

    /**
     * What becomes of a further mail whose ticket is solved or closed. Zendesk never lets a closed
     * ticket be changed: its mail becomes a new one, which names it, in any case. A note is
     * appended where that is possible, and changes no status.
     */
    public Builder closedTickets(ClosedTickets policy) {
      closedTickets = policy;
      return this;
    }

    /**
     * Carries attachments over, up to {@value #MAX_ATTACHMENT_BYTES} bytes of each mail. What is
     * larger, can't be had or is refused is named in the comment, as all are without this; also
     * what Zendesk has put off for ten minutes.
     *
     * @param maxBytesEach the largest that is carried over; Zendesk takes up to {@value
     *     #MAX_ATTACHMENT_BYTES}
     * @see <a
     *     href="https://developer.zendesk.com/documentation/ticketing/managing-tickets/adding-ticket-attachments-with-the-api">Zendesk:
     *     Adding ticket attachments</a>
     */
    public Builder attachments(AttachmentSource source, long maxBytesEach) {
      return attachments(source, maxBytesEach, Math.max(maxBytesEach, MAX_ATTACHMENT_BYTES));
    }

    /**
     * Carries attachments over.
     *
     * @param maxBytesInAll how much is carried over of one mail
     */
    public Builder attachments(AttachmentSource source, long maxBytesEach, long maxBytesInAll) {
      if (maxBytesEach < 1 || maxBytesEach > MAX_ATTACHMENT_BYTES || maxBytesInAll < maxBytesEach) {
        throw new IllegalArgumentException(
            "Attachments need 1 to "
                + MAX_ATTACHMENT_BYTES
                + " bytes each, and at least as many in all; not "
                + maxBytesEach
                + " and "
                + maxBytesInAll);
      }
      this.source = source;
      this.maxBytesEach = maxBytesEach;
      this.maxBytesInAll = maxBytesInAll;
      return this;
    }

    /** How many calls are made in what time, by this process; {@link #LIMIT} unless said. */
    public Builder limit(RateLimit calls) {
      client.limit(calls);
      return this;
    }

    public Builder connectTimeout(Duration timeout) {
      client.connectTimeout(positive(timeout));
      return this;
    }

    /** From a request to the end of its answer. */
    public Builder callTimeout(Duration timeout) {
      client.callTimeout(positive(timeout));
      return this;
    }

    /** The same for an attachment; {@link #UPLOAD_TIMEOUT} unless said. */
    public Builder uploadTimeout(Duration timeout) {
      uploadTimeout = positive(timeout);
      return this;
    }

    private static Duration positive(Duration timeout) {
      if (timeout.isNegative() || timeout.isZero()) {
        throw new IllegalArgumentException("A time-out has to be longer than " + timeout);
      }
      return timeout;
    }

    public Builder clock(InstantSource source) {
      clock = source;
      client.clock(source);
      return this;
    }

    /** Shares this client's pools and interceptors; it stays the giver's to close. */
    public Builder http(OkHttpClient shared) {
      client.http(shared);
      return this;
    }

    /**
     * The router.
     *
     * @throws IllegalArgumentException if it lacks a place or credentials
     */
    public ZendeskTicketRouter build() {
      return new ZendeskTicketRouter(this);
    }

    private HttpUrl base() {
      if (url == null) {
        throw new IllegalArgumentException("Say where Zendesk is: subdomain(\"acme\")");
      }
      HttpUrl base = HttpUrl.parse(url);
      if (base == null || base.query() != null || base.fragment() != null) {
        throw new IllegalArgumentException(
            "'" + url + "' is no base URL: give https://support.example.com");
      }
      if (!base.isHttps()
          && !base.host().equals("localhost")
          && !base.host().equals("127.0.0.1")
          && !base.host().equals("::1")) {
        throw new IllegalArgumentException(
            "'" + url + "' would send the credentials unencrypted: give an https URL");
      }
      return base.newBuilder().username("").password("").build();
    }

    private String authorization() {
      if (authorization == null) {
        throw new IllegalArgumentException(
            "Zendesk needs credentials: apiToken(email, token) or oauthToken(token)");
      }
      return authorization;
    }
  }
}
