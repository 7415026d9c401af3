package io.github.nylaswebhook.destination;

import io.github.nylaswebhook.test.DestinationStandIn;
import io.github.nylaswebhook.test.TicketRouterContract;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import okio.ByteString;

/** A receiver of tickets that does what the router's documentation asks of one. */
final class Receiver extends DestinationStandIn implements TicketRouterContract.Standing {
  private final List<String> secrets;

  /** By key: the id of the ticket that the mail is in. */
  private final Map<String, String> done = new LinkedHashMap<>();

  /** By id: the keys of its mails, that of the one that opened it first. */
  private final Map<String, List<String>> tickets = new LinkedHashMap<>();

  private final List<String> notes = new ArrayList<>();
  private final List<String> closed = new ArrayList<>();

  Receiver(String... secrets) {
    this.secrets = List.of(secrets);
  }

  @Override
  protected synchronized Reply answer(Call call) {
    String key = call.header("webhook-id").orElseThrow();
    if (!isSigned(call) || !call.header("Idempotency-Key").orElseThrow().equals(key)) {
      throw new IllegalArgumentException("not signed");
    }
    Map<String, ?> ticket = call.json();
    String id = done.computeIfAbsent(key, k -> place(k, ticket));
    return Reply.json(200, Map.of("id", id, "url", url() + "/tickets/" + id));
  }

  private String place(String key, Map<String, ?> ticket) {
    if (ticket.get("note").equals(true)) {
      notes.add(key);
    }
    if (ticket.get("follow_up_to") instanceof Map<?, ?> parent) {
      String id = String.valueOf(parent.get("id"));
      if (!closed.contains(id)) {
        tickets.get(id).add(key);
        return id;
      }
    }
    String id = "T-" + (tickets.size() + 1);
    tickets.put(id, new ArrayList<>(List.of(key)));
    return id;
  }

  /** As any receiver may do it: none of the router's own code. */
  private boolean isSigned(Call call) {
    String signed =
        String.join(
            ".",
            call.header("webhook-id").orElseThrow(),
            call.header("webhook-timestamp").orElseThrow(),
            call.body());
    List<String> given = List.of(call.header("webhook-signature").orElseThrow().split(" "));
    return secrets.stream()
        .map(secret -> ByteString.decodeBase64(secret.substring("whsec_".length())))
        .map(key -> "v1," + ByteString.encodeUtf8(signed).hmacSha256(key).base64())
        .allMatch(given::contains);
  }

  @Override
  public synchronized List<String> tickets() {
    return tickets.values().stream().map(mails -> mails.get(0)).toList();
  }

  private Stream<Map.Entry<String, List<String>>> openedBy(String key) {
    return tickets.entrySet().stream().filter(ticket -> ticket.getValue().get(0).equals(key));
  }

  @Override
  public synchronized List<String> appended(String key) {
    return openedBy(key).flatMap(ticket -> ticket.getValue().stream().skip(1)).toList();
  }

  @Override
  public synchronized List<String> notes(String key) {
    return appended(key).stream().filter(notes::contains).toList();
  }

  @Override
  public synchronized void close(String key) {
    openedBy(key).forEach(ticket -> closed.add(ticket.getKey()));
  }
}
