package io.github.nylaswebhook.zendesk;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.nylaswebhook.destination.DestinationClient;
import io.github.nylaswebhook.destination.DestinationClient.Answer;
import io.github.nylaswebhook.destination.DestinationClient.Effect;
import io.github.nylaswebhook.destination.DestinationRefusedException;
import io.github.nylaswebhook.inbox.OutcomeUnknownException;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.inbox.RetryPolicy;
import io.github.nylaswebhook.internal.Json;
import io.github.nylaswebhook.message.EmailAddress;
import io.github.nylaswebhook.ticket.TicketRef;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The calls of Zendesk's Ticketing API that a router needs. Safe for use by many threads. */
final class ZendeskApi implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ZendeskTicketRouter.class);

  /**
   * The member of an update's metadata by which the mail that it brought is known again. Updates
   * take up to 1 kB of metadata, which nobody sees on the ticket.
   */
  static final String MARK = "nylas_webhook_key";

  private static final MediaType JSON = MediaType.get("application/json");

  /**
   * How many audits are read at once: the most that there may be, or so many as are surely read as
   * a whole if they carry long mails.
   */
  private static final int[] PAGE_SIZES = {100, 10, 1};

  /** Of a refused requester or author, what is refused. */
  private static final Set<String> PEOPLE =
      Set.of("requester", "requester_id", "author", "author_id", "submitter", "email");

  private final DestinationClient client;
  private final HttpUrl base;
  private final String authorization;
  private final Duration uploadTimeout;
  private final InstantSource clock;

  /**
   * A ticket that is there.
   *
   * @param stamp when it was last updated, as Zendesk writes it
   * @param users the addresses of the customers who take part, and their ids
   */
  record Standing(String id, String status, String stamp, Map<String, Long> users) {
    boolean isClosed() {
      return status.equals("closed");
    }

    boolean isSolved() {
      return status.equals("solved");
    }

    /** Waiting for the customer, who has just written. */
    boolean isPending() {
      return status.equals("pending");
    }

    OptionalLong user(EmailAddress address) {
      Long id = users.get(address.normalized());
      return id == null ? OptionalLong.empty() : OptionalLong.of(id);
    }
  }

  ZendeskApi(
      DestinationClient client,
      HttpUrl base,
      String authorization,
      Duration uploadTimeout,
      InstantSource clock) {
    this.client = client;
    this.base = base;
    this.authorization = authorization;
    this.uploadTimeout = uploadTimeout;
    this.clock = clock;
  }

  TicketRef ref(String id) {
    return new TicketRef(
        ZendeskTicketRouter.DESTINATION,
        id,
        base.newBuilder().addPathSegments("agent/tickets").addPathSegment(id).build().toString());
  }

  /** One try at a ticket. */
  Session session(String key) {
    return new Session(key);
  }

  @Override
  public void close() {
    client.close();
  }

  /** The calls of one try, which wait for one turn. Used by one thread. */
  final class Session {
    private final String key;
    private final DestinationClient.Calls calls;

    private Session(String key) {
      this.key = key;
      this.calls = client.calls("", key);
    }

    /**
     * The ticket that was made with this key. Zendesk keeps an Idempotency-Key for two hours, and
     * the external id as long as the ticket. The list is read from the database, not from the
     * search index, which is behind.
     *
     * @see <a
     *     href="https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#list-tickets">Zendesk:
     *     List Tickets</a>
     */
    Optional<TicketRef> find() {
      HttpUrl url = url("tickets.json").addQueryParameter("external_id", key).build();
      return json(calls.send(get(url), Effect.REPEATABLE)).objects("tickets").stream()
          .filter(ticket -> ticket.stringOr("external_id", "").equals(key))
          .filter(ticket -> !ticket.stringOr("status", "").equals("deleted"))
          .map(ticket -> ticket.stringOr("id", ""))
          .filter(id -> !id.isEmpty())
          .findFirst()
          .map(ZendeskApi.this::ref);
    }

    /**
     * Makes a ticket.
     *
     * @param idempotencyKey the same for the same body
     * @throws Conflict if the key was used with another body
     * @throws RetryLaterException see DestinationClient, also if something else is going on with it
     * @throws DestinationRefusedException see DestinationClient
     */
    TicketRef create(Map<String, Object> ticket, String idempotencyKey) throws Conflict {
      Request request =
          request(url("tickets.json").build())
              .header("Idempotency-Key", idempotencyKey)
              .post(body(ticket))
              .build();
      Answer answer;
      try {
        answer = calls.send(request, Effect.ONCE);
      } catch (DestinationRefusedException e) {
        if (e.status() == 400
            && refusal(e).stringOr("error", "").equals("IdempotentRequestError")) {
          throw new Conflict();
        }
        if (e.status() == 409) {
          throw busy(e);
        }
        throw e;
      }
      if ("hit".equalsIgnoreCase(answer.headers().get("x-idempotency-lookup"))) {
        log.debug("Zendesk had made a ticket with the key {} before", idempotencyKey);
      }
      String id = parsed(answer).map(json -> json.object("ticket").stringOr("id", "")).orElse("");
      if (id.isEmpty()) {
        throw new OutcomeUnknownException("zendesk answers without a ticket", null);
      }
      return ref(id);
    }

    /** A ticket; empty if it was deleted. */
    Optional<Standing> show(String id) {
      Json answer;
      try {
        answer =
            json(
                calls.send(
                    get(
                        url("tickets")
                            .addPathSegment(id + ".json")
                            .addQueryParameter("include", "users")
                            .build()),
                    Effect.REPEATABLE));
      } catch (DestinationRefusedException e) {
        if (e.status() == 404) {
          return Optional.empty();
        }
        throw e;
      }
      Json ticket = answer.object("ticket");
      String status = ticket.stringOr("status", "");
      if (status.equals("deleted")) {
        return Optional.empty();
      }
      Map<String, Long> users = new HashMap<>();
      for (Json user : answer.objects("users")) {
        // Who can make a mail look like an agent's doesn't get to speak as one.
        if (user.stringOr("role", "").equals("end-user") && !user.bool("suspended")) {
          user.string("email")
              .ifPresent(
                  email ->
                      users.put(new EmailAddress("", email).normalized(), user.longOr("id", 0)));
        }
      }
      return Optional.of(
          new Standing(id, status, ticket.stringOr("updated_at", ""), Map.copyOf(users)));
    }

    /**
     * Whether this mail was appended to the ticket: its update left its key in the audit.
     *
     * @see <a
     *     href="https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_audits/">Zendesk:
     *     Ticket Audits</a>
     */
    boolean isAppended(String id) {
      int size = 0;
      String after = "";
      while (true) {
        HttpUrl.Builder url =
            url("tickets")
                .addPathSegment(id)
                .addPathSegment("audits.json")
                .addQueryParameter("page[size]", Integer.toString(PAGE_SIZES[size]));
        if (!after.isEmpty()) {
          url.addQueryParameter("page[after]", after);
        }
        Answer answer = calls.send(get(url.build()), Effect.REPEATABLE);
        Optional<Json> page = parsed(answer);
        if (page.isEmpty()) {
          // More than is read of one answer.
          if (++size == PAGE_SIZES.length) {
            throw later("zendesk's answer is no JSON object");
          }
          continue;
        }
        if (page.get().objects("audits").stream()
            .map(audit -> audit.object("metadata").object("custom").stringOr(MARK, ""))
            .anyMatch(key::equals)) {
          return true;
        }
        Json meta = page.get().object("meta");
        String next = meta.stringOr("after_cursor", "");
        if (!meta.bool("has_more") || next.isEmpty() || next.equals(after)) {
          return false;
        }
        after = next;
      }
    }

    /** Updates a ticket. */
    void update(String id, Map<String, Object> ticket) {
      calls.send(
          request(url("tickets").addPathSegment(id + ".json").build()).put(body(ticket)).build(),
          Effect.ONCE);
    }

    /**
     * Uploads a file, which Zendesk forgets if no comment gets it within the hour.
     *
     * @return the token by which a comment gets it
     * @see <a
     *     href="https://developer.zendesk.com/api-reference/ticketing/tickets/ticket-attachments/">Zendesk:
     *     Attachments</a>
     */
    String upload(String name, RequestBody file) {
      Answer answer =
          calls.send(
              request(url("uploads.json").addQueryParameter("filename", name).build())
                  .post(file)
                  .build(),
              Effect.REPEATABLE,
              uploadTimeout);
      return json(answer)
          .object("upload")
          .string("token")
          .orElseThrow(() -> later("zendesk answers an upload without a token"));
    }
  }

  /** The key was used with another body. */
  static final class Conflict extends Exception {
    private static final long serialVersionUID = 1L;

    Conflict() {
      super("the idempotency key was used with another body", null, false, false);
    }
  }

  /** What is refused of a ticket are its people. */
  static boolean isOfPeople(DestinationRefusedException e) {
    return e.status() == 422
        && refusal(e).object("details").asMap().keySet().stream().anyMatch(PEOPLE::contains);
  }

  /** The refused update would have changed a closed ticket. */
  static boolean isOfStatus(DestinationRefusedException e) {
    return e.status() == 422 && refusal(e).object("details").has("status");
  }

  /** Somebody else is at it. */
  RetryLaterException busy(DestinationRefusedException e) {
    return new RetryLaterException(
        "zendesk answers 409: the ticket is being changed",
        clock.instant().plus(RetryPolicy.DEFAULT.backoff(2)),
        true,
        e);
  }

  private RetryLaterException later(String why) {
    return new RetryLaterException(why, clock.instant().plus(RetryPolicy.DEFAULT.backoff(2)), true);
  }

  private static Json refusal(DestinationRefusedException e) {
    return parsed(e.body()).orElse(Json.of(null));
  }

  private Json json(Answer answer) {
    return parsed(answer).orElseThrow(() -> later("zendesk's answer is no JSON object"));
  }

  private static Optional<Json> parsed(Answer answer) {
    return parsed(answer.body());
  }

  private static Optional<Json> parsed(String body) {
    try {
      return Optional.of(Json.read(body.getBytes(UTF_8)));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private HttpUrl.Builder url(String segment) {
    return base.newBuilder().addPathSegments("api/v2").addPathSegment(segment);
  }

  private Request get(HttpUrl url) {
    return request(url).build();
  }

  private Request.Builder request(HttpUrl url) {
    return new Request.Builder()
        .url(url)
        .header("Authorization", authorization)
        .header("Accept", "application/json");
  }

  private static RequestBody body(Map<String, Object> ticket) {
    return RequestBody.create(Json.write(Map.of("ticket", ticket)).getBytes(UTF_8), JSON);
  }
}
