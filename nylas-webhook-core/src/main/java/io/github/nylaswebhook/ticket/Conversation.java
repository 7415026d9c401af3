package io.github.nylaswebhook.ticket;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.nylaswebhook.internal.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is known of a conversation: by what its mails are recognized, who takes part, and which
 * ticket it has at each destination. Immutable and bounded: of names and people, the newest count.
 *
 * @param id unique among all conversations
 * @param keys by which it is found: of its thread, its mails, its tickets; oldest first
 * @param participants lower-case addresses of those who wrote or were written to; oldest first
 * @param tickets by the name of the destination
 * @param underWay which mails were being brought to which destinations, and may be there
 */
public record Conversation(
    String id,
    Set<String> keys,
    Set<String> participants,
    Map<String, Opened> tickets,
    Set<UnderWay> underWay) {

  /** Some mails of a thread bring a key each; longer threads are mostly machines' talk. */
  public static final int MAX_KEYS = 256;

  /** More than any support conversation has; what has more is a list. */
  public static final int MAX_PARTICIPANTS = 64;

  /** Each is one mail at one destination; those that are tried again are among the newest. */
  public static final int MAX_UNDER_WAY = 64;

  /**
   * A ticket, and which mail it was made of.
   *
   * @param ticket {@link TicketRef#NONE} if the destination is to have one, and hasn't yet
   * @param messageId the mail that opened it
   */
  public record Opened(TicketRef ticket, String messageId) {}

  /** A mail that is being brought to a destination, or was, with an unknown outcome. */
  public record UnderWay(String destination, String messageId) {}

  public Conversation {
    keys = newest(keys, MAX_KEYS);
    participants = newest(participants, MAX_PARTICIPANTS);
    tickets = Map.copyOf(tickets);
    underWay = newest(underWay, MAX_UNDER_WAY);
  }

  /** One of which nothing is known yet. */
  public static Conversation of(String id) {
    return new Conversation(id, Set.of(), Set.of(), Map.of(), Set.of());
  }

  /**
   * What was named last is the newest; the first is what the conversation began with, and stays.
   */
  private static <T> Set<T> newest(Set<T> values, int most) {
    if (values.size() <= most) {
      return java.util.Collections.unmodifiableSet(new LinkedHashSet<>(values));
    }
    List<T> all = new ArrayList<>(values);
    Set<T> kept = new LinkedHashSet<>();
    kept.add(all.get(0));
    kept.addAll(all.subList(all.size() - most + 1, all.size()));
    return java.util.Collections.unmodifiableSet(kept);
  }

  /** One JSON object, for stores. */
  public String toJson() {
    List<Map<String, String>> opened = new ArrayList<>();
    tickets.forEach(
        (destination, ticket) ->
            opened.add(
                Map.of(
                    "destination", destination,
                    "in", ticket.ticket().destination(),
                    "id", ticket.ticket().id(),
                    "url", ticket.ticket().url(),
                    "message", ticket.messageId())));
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("id", id);
    members.put("keys", new ArrayList<>(keys));
    members.put("participants", new ArrayList<>(participants));
    members.put("tickets", opened);
    members.put(
        "under_way",
        underWay.stream()
            .map(mail -> Map.of("destination", mail.destination(), "message", mail.messageId()))
            .toList());
    return Json.write(members);
  }

  /**
   * The reverse of {@link #toJson()}.
   *
   * @throws IllegalArgumentException if it isn't a JSON object with an id
   */
  public static Conversation fromJson(String json) {
    Json members;
    try {
      members = Json.read(json.getBytes(UTF_8));
    } catch (IOException e) {
      throw new IllegalArgumentException("Not a conversation: " + e.getMessage(), e);
    }
    Map<String, Opened> tickets = new LinkedHashMap<>();
    for (Json ticket : members.objects("tickets")) {
      tickets.put(
          ticket.stringOr("destination", ""),
          new Opened(
              new TicketRef(
                  ticket.stringOr("in", ""), ticket.stringOr("id", ""), ticket.stringOr("url", "")),
              ticket.stringOr("message", "")));
    }
    Set<UnderWay> underWay = new LinkedHashSet<>();
    members
        .objects("under_way")
        .forEach(
            mail ->
                underWay.add(
                    new UnderWay(mail.stringOr("destination", ""), mail.stringOr("message", ""))));
    return new Conversation(
        members
            .string("id")
            .orElseThrow(() -> new IllegalArgumentException("Not a conversation: it has no id")),
        strings(members, "keys"),
        strings(members, "participants"),
        tickets,
        underWay);
  }

  private static Set<String> strings(Json members, String name) {
    Set<String> strings = new LinkedHashSet<>();
    members.list(name).forEach(value -> Json.scalar(value).ifPresent(strings::add));
    return strings;
  }

  /** Ids only: what is safe to log. */
  @Override
  public String toString() {
    return "Conversation[" + id + ", tickets at " + tickets.keySet() + "]";
  }
}
